"""Where trials run: this process, local processes, Ray."""
