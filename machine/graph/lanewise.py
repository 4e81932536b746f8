"""Operands of opcodes that act lane by lane, matched with what a kernel gives for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from machine.definition import Kind
from machine.errors import GraphError
from machine.graph.operation import Buffer, Operand
from machine.nearest import counted
from machine.opcodes import LANEWISE, Opcode


@dataclass(frozen=True, slots=True)
class Splat:
    """A scalar that stands for a vector with the same word in every lane."""

    scalar: Operand


VectorOperand = Buffer | Splat | Operand
"""A vector: a whole buffer, a splat, or the first of vector-length words inside a buffer."""


class BinaryEngines(Enum):
    """Where a two-operand vector operation may run: vector slots, lanes, or either.

    Lanes read a scalar as it is, without a broadcast.
    """

    EITHER = "either"
    VALU = "vectors"
    ALU = "lanes"


def slot_operands(
    opcode: Opcode, operands: Sequence[VectorOperand | int], lanes: Callable[[VectorOperand], Operand]
) -> list[Operand | int]:
    """Operands besides the destination, as a slot takes them; ``lanes`` is what becomes of those that differ by lane.

    Raises:
        GraphError: they are too few or too many, or not of the kinds that the opcode takes.
    """
    if opcode.effect not in LANEWISE:
        raise GraphError(f"{opcode.name} is not applied lane by lane")
    kinds = opcode.kinds
    if len(operands) != len(kinds):
        names = ", ".join(name for name, _ in opcode.operands[1:])
        raise GraphError(f"{opcode.name} takes {counted(len(kinds), 'operand')} ({names}), not {len(operands)}")
    taken: list[Operand | int] = []
    for kind, operand in zip(kinds, operands, strict=True):
        if kind is Kind.LANE and not isinstance(operand, int):
            taken.append(lanes(operand))
        elif isinstance(operand, int if kind is Kind.NUMBER else Operand) and kind is not Kind.LANE:
            taken.append(operand)
        else:
            name, _ = opcode.operands[1 + len(taken)]
            wanted = {Kind.LANE: "a vector, splat or word", Kind.WORD: "a word", Kind.NUMBER: "an integer"}[kind]
            raise GraphError(f"{opcode.name} takes {wanted} as operand {name}, not {operand}")
    return taken


def word_operand(operand: VectorOperand) -> Operand:
    """The operand itself, which must be a word.

    Raises:
        GraphError: it is a vector.
    """
    if not isinstance(operand, Operand):
        raise GraphError(f"an operation on words takes words, not {operand}")
    return operand
