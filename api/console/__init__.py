"""The web console: pages made on the server, every action a plain form. No rule stands here, only what is shown."""
