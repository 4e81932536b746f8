"""Seeded generators of opcodes of one's own."""

from random import Random
from typing import Any

from machine.expression import Apply, Constant, Expression, Name
from machine.words import FUNCTIONS, OPERATORS

ALL_FUNCTIONS = {**OPERATORS, **FUNCTIONS}
DIVISIONS = ("//", "cdiv", "%")
CONSTANTS = (0, 1, 2, 5, 31, 32, 255, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)


def random_expression(random: Random, names: list[str], depth: int, *, divides: bool = True) -> Expression:
    """An expression over some of the names, at most so deep; divisions are chosen twice as often as the rest."""
    if depth <= 1 or random.random() < 0.15:
        return Name(random.choice(names)) if random.random() < 0.8 else Constant(random.choice(CONSTANTS))
    function = random.choice(
        [*ALL_FUNCTIONS, *DIVISIONS] if divides else [name for name in ALL_FUNCTIONS if name not in DIVISIONS]
    )
    arguments = ALL_FUNCTIONS[function].arguments
    return Apply(
        function, tuple(random_expression(random, names, depth - 1, divides=divides) for _ in range(arguments))
    )


def random_definition(random: Random, *, divides: bool = True) -> dict[str, Any]:
    """An opcode as a machine file defines it."""
    names = ["a", "b", "c"][: random.randint(1, 3)]
    kinds = [random.choice(("lane", "lane", "word", "number")) for _ in names]
    result = random_expression(random, names, random.randint(2, 4), divides=divides)
    for name in names:  # all are used
        result = Apply(random.choice(("+", "^", "rotl")), (result, Name(name)))
    operands = [f"{name}: {kind}" for name, kind in zip(names, kinds, strict=True)]
    vector = random.choice(({}, {}, {"vector": True}, {"vector": False}))
    return {"operands": operands, "result": str(result), **vector}
