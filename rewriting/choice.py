"""Which node stands for each class of an e-graph, and how good a choice is."""

from collections.abc import Mapping
from dataclasses import dataclass

from rewriting.node_costs import Candidate

SCALE = 100_000
"""Costs are rounded to whole numbers of 1 / this."""

Choice = Mapping[int, Candidate]
"""The node that stands for each class that is needed."""


@dataclass(frozen=True)
class Solved:
    """The best choice found, a lower bound on the cost of any, and the deterministic time that it took."""

    choice: Choice
    bound: float
    work: float
