"""What all solvers have in common: limits, statuses, outcomes."""
