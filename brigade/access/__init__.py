"""Who may come in: accounts, passwords, passkeys, second factors, devices, and the invitations that begin it."""
