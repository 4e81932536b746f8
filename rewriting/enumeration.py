"""Terms over a machine's opcodes, for discovery: slices that rules are looked for in, and what may stand on the right.

Constants are symbolic, and expressions of constants cost nothing: they are computed beforehand.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from keyword import iskeyword
from math import prod

from machine.definition import Kind
from machine.model import Machine
from machine.opcodes import ARITHMETIC, DIVISIONS
from rewriting.expressions import Apply, Expression, Name, Number, is_constant, text
from rewriting.meanings import Meaning, meanings_of, substitute

X, Y, A, B = Name("x"), Name("y"), Name("A"), Name("B")
_COMMUTATIVE = frozenset("+*^&|") | {"=="}
_LITERALS: tuple[Expression, ...] = tuple(map(Number, (0, 1, 31, 0xFFFF_FFFF)))

_MOST_CALLS = 64
"""Ways to fill the operands after the first of an opcode up to which all are looked at."""


@dataclass(frozen=True)
class Opcodes:
    """What terms are made of.

    Attributes:
        binary: two-operand arithmetic.
        select, multiply_add: whether there are such.
        own: opcodes that are the machine's own, with what each operand is.
        meanings: of these opcodes.
    """

    binary: tuple[str, ...]
    select: bool
    multiply_add: bool
    own: tuple[tuple[str, tuple[Kind, ...]], ...] = ()
    meanings: tuple[Meaning, ...] = ()


def opcodes_of(machine: Machine) -> Opcodes:
    """The arithmetic of a machine; divisions are left out, for right sides must not fault."""
    offered = {name for engine in machine.scored_engines for name in engine.opcodes}
    binary = tuple(name for name in ARITHMETIC if name in offered and name not in DIVISIONS)
    # rules are read as Python: they cannot spell a call of ``and``
    named = {name: each for name, each in machine.definitions.items() if not iskeyword(name)}
    meanings = tuple(meanings_of(named).values())
    own = tuple((name, tuple(kind for _, kind in each.operands)) for name, each in named.items())
    return Opcodes(binary, bool(offered & {"select", "vselect"}), "multiply_add" in offered, own, meanings)


def size(expression: Expression) -> int:
    """How many operations a program needs for it."""
    if not isinstance(expression, Apply) or is_constant(expression):
        return 0
    return 1 + sum(map(size, expression.args))


def slices(opcodes: Opcodes) -> Iterator[tuple[str, list[Expression]]]:
    """Left sides by slice: chains on one word, diamonds that read a word twice, two words, selects."""
    units = list(_units(opcodes, X, [A, *_LITERALS]))
    seconds: list[Expression] = [B, A, *_LITERALS]
    yield "one operation", [*units, *_applied(opcodes, [X], [X])]
    if opcodes.own:
        yield from _slices_of_own(opcodes)
    yield "chains", [t for unit in units for t in _units(opcodes, unit, seconds)]
    own = [u for u in units if _has_constant_name(u)]
    other = list(_units(opcodes, X, seconds))
    yield "diamonds", [*_applied(opcodes, own, [X]), *_applied(opcodes, [X], own), *_applied(opcodes, own, other)]
    pairs = list(_applied(opcodes, [X, Y], [X, Y]))
    yield "two words", [*pairs, *_applied(opcodes, pairs, [X, Y]), *_applied(opcodes, [X, Y], pairs)]
    of_y = list(_units(opcodes, Y, [B, A, Number(1)]))
    yield "two words with constants", list(_applied(opcodes, own, of_y))
    yield "one operation on two words", [t for pair in pairs for t in _units(opcodes, pair, [A])]
    if opcodes.select:
        yield "selects", list(_selects(opcodes, units, pairs))


def _slices_of_own(opcodes: Opcodes) -> Iterator[tuple[str, list[Expression]]]:
    """What a machine's own opcodes may stand for, and what they are joined with."""
    yield "definitions", [substitute(m.result, _given(m, dict(opcodes.own)[m.name])) for m in opcodes.meanings]
    yield "joined shifts and masks", _joined(opcodes)
    yield "choices by comparison", _compared(opcodes)
    calls = _calls(opcodes)
    yield "opcodes of its own", calls
    simple: list[Expression] = [X, Y, A, Number(1), Number(0xFFFF_FFFF)]
    yield (
        "opcodes of its own, and one more",
        [
            *_applied(opcodes, calls, simple),
            *(each for call in calls for each in _calls(opcodes, [call], simple)),
        ],
    )


def right_sides(opcodes: Opcodes) -> list[Expression]:
    """What a left side may be reduced to, cheapest first."""
    constants = _constants()
    leaves: list[Expression] = [X, Y, *constants]
    single = [t for word in (X, Y) for t in _units(opcodes, word, constants)]
    single += _applied(opcodes, [X, Y], [X, Y])
    if opcodes.select:
        single += [Apply("select", parts) for parts in product([X, Y], [X, Y, A, B], [X, Y, A, B])]
    if opcodes.multiply_add:
        factors: list[Expression] = [A, B, *constants]
        single += [Apply("multiply_add", (word, a, b)) for word in (X, Y) for a in factors for b in (A, B, X, Y)]
        single += [Apply("multiply_add", (X, a, b)) for a in factors for b in constants]
    small: list[Expression] = [A, B, Number(1), Number(31), Apply("+", (A, B)), Apply("^", (A, B)), Apply("&", (A, B))]
    inner = [t for word in (X, Y) for t in _units(opcodes, word, [A, B, Apply("+", (A, B))])]
    inner += _applied(opcodes, [X, Y], [X, Y])
    double = [t for part in inner for t in _units(opcodes, part, small)]
    single += _calls(opcodes)
    return sorted([*leaves, *single, *double], key=lambda term: (size(term), len(text(term))))


def _calls(
    opcodes: Opcodes, firsts: Sequence[Expression] = (X,), others: Sequence[Expression] = (X, Y, A, B, *_LITERALS)
) -> list[Expression]:
    """Opcodes of the machine's own on a word, and whatever their other operands take."""
    constants = [other for other in others if is_constant(other)]
    found: list[Expression] = []
    for name, kinds in opcodes.own:
        choices = [constants if kind is Kind.NUMBER else others for kind in kinds[1:]]
        if kinds and prod(map(len, choices)) <= _MOST_CALLS:
            found += [Apply(name, (first, *rest)) for first in firsts for rest in product(*choices)]
    return found


def _given(meaning: Meaning, kinds: Sequence[Kind]) -> dict[str, Expression]:
    """Words, then constants, for the operands of an opcode."""
    words, constants = iter((X, Y)), iter((A, B, *_LITERALS))
    given: dict[str, Expression] = {}
    for operand, kind in zip(meaning.operands, kinds, strict=True):
        given[operand] = next(constants) if kind is Kind.NUMBER else next(words, None) or next(constants)
    return given


def _joined(opcodes: Opcodes) -> list[Expression]:
    """Two parts of one word, or of two, joined: shifted, or masked."""
    joins = [op for op in "|^+" if op in opcodes.binary]
    shifts = [op for op in ("<<", ">>") if op in opcodes.binary]
    parts: list[Expression] = [Apply(op, (word, by)) for word in (X, Y) for op in shifts for by in (A, B)]
    masked: list[Expression] = [Apply("&", (word, mask)) for word in (X, Y) for mask in (A, B)]
    if "&" not in opcodes.binary:
        masked = []
    return [Apply(op, (a, b)) for op in joins for some in (parts, masked) for a in some for b in some if a != b]


def _compared(opcodes: Opcodes) -> list[Expression]:
    """The lesser or the greater of two words, as they are or as signed ones."""
    if not opcodes.select or "<" not in opcodes.binary:
        return []
    sign = Number(0x8000_0000)
    pairs: list[tuple[Expression, Expression]] = [(X, Y), (X, A), (A, X)]
    found: list[Expression] = []
    for a, b in pairs:
        for left, right in ((a, b), (Apply("^", (a, sign)), Apply("^", (b, sign)))):
            for first, second in ((left, right), (right, left)):
                condition = Apply("<", (first, second))
                found += [Apply("select", (condition, a, b)), Apply("select", (condition, b, a))]
    return found


def _constants() -> list[Expression]:
    """Expressions of constants, to two operations."""
    ones: list[Expression] = [A, B, *_LITERALS, Number(32), Number(0x8000_0000)]
    found: list[Expression] = list(ones)
    firsts: list[Expression] = [A, B, Number(1), Number(32), Number(0xFFFF_FFFF)]
    for op in ("+", "-", "*", "^", "&", "|", "<<", ">>"):
        found += [Apply(op, pair) for pair in product(firsts, (A, B))]
    found += [Apply("+", (A, Number(1))), Apply("-", (A, Number(1))), Apply("-", (Number(0), A))]
    shifted: list[Expression] = [
        Apply("<<", (Number(1), A)),
        Apply("<<", (Number(1), B)),
        Apply(">>", (Number(0xFFFF_FFFF), A)),
    ]
    others: list[Expression] = [Number(1), A, B]
    found += [Apply(op, (one, other)) for one in shifted for op in "+-*&" for other in others]
    found += [Apply("<<", (Apply(op, (A, B)), shift)) for op in "+-" for shift in (A, B)]
    return list(dict.fromkeys(found))


def _units(opcodes: Opcodes, word: Expression, constants: Iterable[Expression]) -> Iterator[Expression]:
    """One operation on a word and a constant, either way round."""
    for op in opcodes.binary:
        for constant in constants:
            yield Apply(op, (word, constant))
            if op not in _COMMUTATIVE:
                yield Apply(op, (constant, word))


def _applied(opcodes: Opcodes, first: Sequence[Expression], second: Sequence[Expression]) -> list[Expression]:
    """One operation on two terms; of both orders one, where they are the same."""
    found: dict[Expression, None] = {}
    for op in opcodes.binary:
        for a, b in product(first, second):
            swapped = Apply(op, (b, a))
            if op not in _COMMUTATIVE or swapped not in found:
                found[Apply(op, (a, b))] = None
    return list(found)


def _selects(opcodes: Opcodes, units: Sequence[Expression], pairs: Sequence[Expression]) -> Iterator[Expression]:
    ends: list[Expression] = [X, Y, A, B, Number(0), Number(1)]
    for condition in (X, *units):
        for pair in product(ends, ends):
            if not is_constant(condition):
                yield Apply("select", (condition, *pair))
    for op in opcodes.binary:
        chosen = [Apply("select", (X, a, b)) for a, b in product((Y, A, B), (Y, A, B)) if a != b]
        for choice in chosen:
            yield Apply(op, (choice, Y))
            yield Apply(op, (choice, A))


def _has_constant_name(expression: Expression) -> bool:
    return isinstance(expression, Apply) and A in expression.args
