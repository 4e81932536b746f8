"""What is known of a graph before it is scheduled: relations, heads and tails, precedences, symmetry, other orders."""
