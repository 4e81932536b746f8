"""Fuzzing as a habit: `make fuzz` draws cases from a seed that it prints, and ends at the first finding."""
