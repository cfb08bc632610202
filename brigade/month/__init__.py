"""The month: its rows as they stand, the figures made of them, what units say of it, and its sealed editions."""
