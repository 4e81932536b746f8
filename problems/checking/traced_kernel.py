"""A kernel builder that remembers which line of the user's file each operation comes from."""

import sys
from collections.abc import Sequence
from types import FrameType

from machine.graph.builder import Kernel
from machine.graph.operation import Implementation
from machine.model import Machine
from problems.language.lane_places import Place, here


class TracedKernel(Kernel):
    """Builds the same graph as :class:`Kernel`.

    Attributes:
        places: for each operation, the line that made it.
    """

    def __init__(self, machine: Machine, memory_words: int, file: str | None) -> None:
        super().__init__(machine, memory_words)
        self.places: list[Place] = []
        self._file = file

    def operation(self, name: str, implementations: Sequence[Implementation]) -> None:
        super().operation(name, implementations)
        self.places.append(self._place())

    def _place(self) -> Place:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_filename == self._file:
                return Place(self._file, frame.f_lineno)
            frame = frame.f_back
        return here()
