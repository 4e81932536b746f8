"""Which vectors hold a word in every lane, so that a broadcast is made once while its word stays as it is."""

from collections.abc import Callable

from machine.graph.operation import Buffer, Implementation, Operand


class Broadcasts:
    """The vectors that hold words of a kernel, on a machine of some vector length."""

    def __init__(self, vector_length: int) -> None:
        self._vector_length = vector_length
        self._vectors: dict[int, dict[int, Buffer]] = {}  # by buffer and offset of the word

    def vector_of(self, word: Operand, make: Callable[[Operand], Buffer]) -> Buffer:
        """The vector that holds a word; where there is none, the one that ``make`` makes."""
        made = self._vectors.setdefault(word.buffer, {})
        if word.offset not in made:
            made[word.offset] = make(word)
        return made[word.offset]

    def forget(self, implementation: Implementation) -> None:
        """Drop the vectors of words that ``implementation`` writes anew."""
        for run in implementation.runs:
            target = run.operands[0]
            if not isinstance(target, Operand) or not run.opcode.roles[0].is_written:
                continue
            made = self._vectors.get(target.buffer)
            if made:
                words = self._vector_length if run.opcode.roles[0].is_vector else 1
                for first in (target.offset + slot * target.stride for slot in range(run.count)):
                    for offset in range(first, first + words):
                        made.pop(offset, None)
