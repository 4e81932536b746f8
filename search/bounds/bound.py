"""What a proven lower bound is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bound:
    """No schedule of the graph is shorter than ``cycles``, by ``argument``."""

    cycles: int
    argument: str
