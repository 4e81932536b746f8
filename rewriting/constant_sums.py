"""Constants as sums or differences of others: an operation on idle engines, in place of a load of the constant."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from machine.opcodes import WORD_MASK

Derivation = tuple[str, int, int]
"""An opcode, and two constants that give another one."""

SUMMED = "a constant is a sum or a difference of others"

_MOST_EARLIER = 128
"""Constants looked at for each one."""

_LEAST_GAIN = 3
"""Constants that one more must make derivable to be worth having."""

_MOST_DEPTH = 8
"""Operations from a constant that is loaded to one that is derived."""


def derive_constants(constants: Sequence[int], opcodes: frozenset[str]) -> dict[int, Derivation]:
    """How constants may be derived, each from some that come before it.

    A step between many of them, as between addresses, is added in front if that makes more of them derivable.

    Args:
        constants: distinct words, in the order of their first use.
        opcodes: what can be computed.
    """
    order = list(constants)
    found = _derivations(order, opcodes)
    for step, _ in Counter(_steps(order, found)).most_common(4):
        more = _derivations([step, *order], opcodes)
        if step not in order and len(more) >= len(found) + _LEAST_GAIN:
            order, found = [step, *order], more
    return found


def _steps(order: Sequence[int], found: Mapping[int, Derivation]) -> list[int]:
    """Differences between neighbours, of those that cannot be derived."""
    left = sorted(value for value in order if value not in found)
    return [b - a for a, b in pairwise(left)]


def _derivations(order: Sequence[int], opcodes: frozenset[str]) -> dict[int, Derivation]:
    depths: dict[int, int] = {}
    found: dict[int, Derivation] = {}
    for value in order:
        options = [
            (1 + max(depths[a], depths[b]), (op, a, b))
            for a in list(depths)[-_MOST_EARLIER:]
            for op, b in (("+", (value - a) & WORD_MASK), ("-", (a - value) & WORD_MASK))
            if b in depths and op in opcodes
        ]
        depth, derivation = min(options, default=(_MOST_DEPTH + 1, None))
        if derivation is None or depth > _MOST_DEPTH:
            depths[value] = 1
        else:
            depths[value], found[value] = depth, derivation
    return found
