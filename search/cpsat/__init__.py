"""CP-SAT: exact where it can be, better everywhere else."""
