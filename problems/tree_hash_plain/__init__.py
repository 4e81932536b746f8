"""``tree_hash`` as its specification says it, without any trick: for the rewriter to find them."""

from problems.tree_hash_plain.problem import TreeHashPlain

__all__ = ["TreeHashPlain"]
