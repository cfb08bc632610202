"""What members file: activity reports, what they may say, their way through the levels, and their history."""
