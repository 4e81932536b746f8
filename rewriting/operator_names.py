"""Operators that are no opcodes, by names that no opcode of a machine's own can have: the brackets see to that."""

LANE = "(lane)"
"""A lane of a vector."""

PACK = "(pack)"
"""A vector of words, one for each lane."""

LEAF = "(leaf)"
"""What a template takes as given, by number."""

INPUT = "(input)"
"""A leaf of a template in an e-graph or a replacement, by its position among the terms."""

AFFINE = "(affine)"
"""``factor * a + addend`` with constants for both: many opcodes compute such a term."""

LOG2 = "(log2)"
"""The number of the highest bit that is 1, of a constant."""

AND = "(and)"
"""All of some conditions."""

_IN_FILES = {"lane": LANE, "pack": PACK, "input": INPUT}
_OWN = "opcode:"


def spelled(op: str) -> str:
    """An operator as files spell it: in words, and an opcode that has such a word for its name with a mark."""
    if op in _IN_FILES:
        return _OWN + op
    return op[1:-1] if op in _IN_FILES.values() else op


def operator_of(spelling: str) -> str:
    """The operator that files spell so."""
    return _IN_FILES.get(spelling, spelling.removeprefix(_OWN))
