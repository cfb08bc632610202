"""What people earn, by rules that are dated data (``rules/pay/``)."""
