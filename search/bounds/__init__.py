"""Proven lower bounds on the cycles of a graph as built."""
