"""The month's documents."""
