"""Where things are in ``tree_hash``'s memory image."""

from dataclasses import dataclass

from problems.problem import Shape

HEADER_WORDS = 7
"""Rounds, nodes, batch, height and three addresses; then come nodes, indices, values."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Addresses for one shape: a tree of ``height``, ``rounds`` rounds, ``batch`` walkers."""

    height: int
    rounds: int
    batch: int

    @staticmethod
    def of(shape: Shape) -> "Layout":
        """The layout for a shape."""
        return Layout(shape["height"], shape["rounds"], shape["batch"])

    @property
    def nodes(self) -> int:
        """How many nodes the tree has."""
        return (1 << self.height + 1) - 1

    @property
    def indices_at(self) -> int:
        """Address of the first index."""
        return HEADER_WORDS + self.nodes

    @property
    def values_at(self) -> int:
        """Address of the first value."""
        return self.indices_at + self.batch

    @property
    def memory_words(self) -> int:
        """Size of the image; nothing follows the values."""
        return self.values_at + self.batch

    @property
    def header(self) -> tuple[int, ...]:
        """What the first words of the image hold."""
        return (
            self.rounds,
            self.nodes,
            self.batch,
            self.height,
            HEADER_WORDS,
            self.indices_at,
            self.values_at,
        )

    def level_of_round(self, round_number: int) -> int:
        """The level at which a round finds every walker."""
        return round_number % (self.height + 1)

    def pass_of_round(self, round_number: int) -> int:
        """How often the walkers have come back to the root before a round."""
        return round_number // (self.height + 1)

    @staticmethod
    def level_at(level: int) -> int:
        """Address of a level's first node."""
        return HEADER_WORDS + (1 << level) - 1
