"""A batch of walkers descends a binary tree, hashing at each node: the performance take-home's kernel."""

from problems.tree_hash.problem import TreeHash

__all__ = ["TreeHash"]
