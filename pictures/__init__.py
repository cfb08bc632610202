"""Pictures from strangers in, clean pictures out, in a child process with limits. Never touches the database."""
