"""Constants that differ from lane to lane, computed from the numbers of lanes on first need."""

from dataclasses import dataclass

from machine.graph.builder import Kernel, VectorOperand
from machine.opcodes import ARITHMETIC


@dataclass(frozen=True, slots=True)
class LaneConstant:
    """A word for each lane, and what computes them: an opcode and two such constants, or nothing for numbers of lanes.

    Build them with :func:`numbers`, :func:`same` and :meth:`apply`.
    """

    words: tuple[int, ...]
    opcode: str = ""
    operands: tuple["LaneConstant", ...] = ()

    def apply(self, opcode: str, word: int) -> "LaneConstant":
        """``opcode`` of each lane's word and ``word``."""
        return self.combine(opcode, same(word, len(self.words)))

    def combine(self, opcode: str, other: "LaneConstant") -> "LaneConstant":
        """``opcode``, lane by lane."""
        words = tuple(map(ARITHMETIC[opcode], self.words, other.words))
        return LaneConstant(words, opcode, (self, other))


def same(word: int, length: int) -> LaneConstant:
    """``word`` in every lane."""
    return LaneConstant((word,) * length)


def numbers(first: int, length: int) -> LaneConstant:
    """``first``, ``first + 1`` and so on."""
    lanes = LaneConstant(tuple(range(length)))
    return lanes if first == 0 else lanes.apply("+", first)


class LaneConstants:
    """Emits the operations of constants; words that have been made before are not made again."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._made: dict[tuple[int, ...], VectorOperand] = {}

    def vector(self, constant: LaneConstant) -> VectorOperand:
        """Where the constant is."""
        if constant.words not in self._made:
            self._made[constant.words] = self._make(constant)
        return self._made[constant.words]

    def _make(self, constant: LaneConstant) -> VectorOperand:
        if len(set(constant.words)) == 1:
            return self._kernel.splat(constant.words[0])
        for operand in constant.operands:
            if operand.words == constant.words:
                return self.vector(operand)
        operands = [self.vector(operand) for operand in constant.operands]
        made = self._kernel.vector("lanes")
        if operands:
            self._kernel.binary(constant.opcode, made, *operands)
        else:
            for lane, word in enumerate(constant.words):
                self._kernel.load_constant(made[lane], word)
        return made
