"""What to try next: the space of a study, samplers over it, and successive halving."""
