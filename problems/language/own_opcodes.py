"""Opcodes of a machine's own, by what they compute: ``rotl(a, b)`` is found whatever the machine calls it."""

from collections.abc import Sequence
from dataclasses import dataclass

from machine.definition import Definition, Kind
from machine.expression import Apply, Name
from machine.model import Machine


@dataclass(frozen=True, slots=True)
class OwnOpcode:
    """An opcode that computes a function of words, of its operands in order.

    Attributes:
        name: of the opcode.
        function: of words.
        kinds: of the operands.
    """

    name: str
    function: str
    kinds: tuple[Kind, ...]

    def takes(self, operands: Sequence[Kind]) -> bool:
        """Whether operands are what it takes: a number may be a word, and a word a lane."""
        order = (Kind.NUMBER, Kind.WORD, Kind.LANE)
        pairs = zip(operands, self.kinds, strict=False)
        return len(operands) == len(self.kinds) and all(order.index(a) <= order.index(b) for a, b in pairs)


def own_opcodes(machine: Machine, *, vector: bool) -> list[OwnOpcode]:
    """Those for vectors, or for words; first those that take numbers in the slot, which cost no word to hold them.

    Where vectors have arithmetic of their own, an opcode that only words have is not for them.
    """
    by_lanes = vector and not machine.having("+", vector=True)
    found: dict[str, OwnOpcode] = {}
    for engine in machine.scored_engines:
        for opcode in engine.opcodes.values():
            own = None if opcode.definition is None else _own(opcode.definition)
            if own is not None and (opcode.is_vector == vector or by_lanes):
                found.setdefault(own.name, own)
    return sorted(found.values(), key=lambda own: -own.kinds.count(Kind.NUMBER))


def _own(definition: Definition) -> OwnOpcode | None:
    result = definition.result
    operands = tuple(Name(name) for name, _ in definition.operands)
    if not isinstance(result, Apply) or result.arguments != operands:
        return None
    return OwnOpcode(definition.name, result.function, tuple(kind for _, kind in definition.operands))
