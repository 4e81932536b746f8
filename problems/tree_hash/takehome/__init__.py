"""What is about the performance take-home alone: its form of a program, and scores that others have reached on it."""
