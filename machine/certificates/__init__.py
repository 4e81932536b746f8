"""Proofs of lower bounds, and a small checker of them that knows neither solver nor search."""
