"""Files that a crash leaves whole."""
