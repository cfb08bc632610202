"""What people are told: notices by rules, in the app, by mail and by push; digests, reminders, and when not to disturb."""
