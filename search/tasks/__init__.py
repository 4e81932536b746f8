"""What is asked, and what may answer it: task, candidate program, validation."""
