"""What is planned and what happens: events, whom they call, what is expected of it, and who takes part."""
