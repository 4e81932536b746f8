"""Discovery: rules over a machine's opcodes that nobody has written down.

Left sides are enumerated slice by slice and evaluated on samples; where a smaller term gives the same words for all
samples that a side condition lets pass, the two are a conjecture.  Conjectures that kept rules imply are dropped, the
others are proven; a counterexample becomes a sample.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from machine.model import Machine
from rewriting.division_guard import may_fault
from rewriting.enumeration import opcodes_of, right_sides, size, slices
from rewriting.expressions import Apply, Expression, Name, Number, is_constant, names, parse, text
from rewriting.meanings import Meanings, expanded, meanings_of, substitute
from rewriting.rule import Rule, Source, make_rule
from rewriting.rule_proving import Refuted, prove
from rewriting.word_samples import evaluate_operator

Words = NDArray[np.uint32]

CONDITIONS = (
    "",
    "A < 32",
    "A < 32 and B < 32",
    "A + B < 32 and A < 32 and B < 32",
    "A >= B and A < 32",
    "B >= A and B < 32",
    "x <= 1",
    "x <= 1 and y <= 1",
    "y <= 1",
    "(A & B) == 0",
    "A + B == 32 and A < 32",
    "(A ^ B) == 0xFFFFFFFF",
)
"""Side conditions, weaker ones before stronger ones."""

_SAMPLES = 2048
_WORDS = (0, 1, 2, 3, 7, 31, 32, 33, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFFE, 0xFFFF_FFFF, 0xAAAA_AAAA)
_NAMES = ("x", "y", "A", "B")
_PROOF_SECONDS = 1.0


@dataclass
class Discovery:
    """What came of it.

    Attributes:
        proven: rules that are proven, those that others imply among them.
        core: those of them that no other of the core implies.
        conjectures: how many were put to the prover.
        refuted, undecided: how many of them failed.
        terms: left sides looked at.
        seconds: what it took.
        complete: whether all slices were looked at.
        interrupted: whether Ctrl-C ended it.
    """

    proven: list[Rule] = field(default_factory=list)
    core: list[Rule] = field(default_factory=list)
    conjectures: int = 0
    refuted: int = 0
    undecided: int = 0
    terms: int = 0
    seconds: float = 0.0
    complete: bool = False
    interrupted: bool = False


def discover(machine: Machine, seconds: float, seed: int = 0) -> Discovery:
    """Rules that make terms of the machine's opcodes smaller, found in so many seconds; Ctrl-C ends it earlier.

    Raises:
        UserError: the prover is not installed.
    """
    start = time.monotonic()
    found = Discovery()
    try:
        _look_at_all(found, machine, start + seconds, seed)
        found.complete = True
    except TimeoutError:
        pass
    except KeyboardInterrupt:
        found.interrupted = True
    found.seconds = time.monotonic() - start
    return found


def _look_at_all(found: Discovery, machine: Machine, end: float, seed: int) -> None:
    """Settle every conjecture.

    Raises:
        TimeoutError: the time ``end`` has come.
    """
    opcodes = opcodes_of(machine)
    samples, meanings = _samples(seed), meanings_of(machine.definitions)
    rights = right_sides(opcodes)
    for _, lefts in slices(opcodes):
        found.terms += len(lefts)
        for left, right, condition in _conjectures(lefts, rights, samples, meanings, end):
            _require_time(end)
            _settle(found, left, right, condition, samples, meanings)


def _require_time(end: float) -> None:
    if time.monotonic() > end:
        raise TimeoutError


def _settle(
    found: Discovery,
    left: Expression,
    right: Expression,
    condition: str,
    samples: dict[str, Words],
    meanings: Meanings,
) -> None:
    """Prove a conjecture, and see whether the core implies it."""
    plain = expanded(left, meanings), expanded(right, meanings)
    if may_fault(*plain) or not _holds(*plain, condition, samples):
        return  # it is no rule, or a counterexample to an earlier one is one to this
    name = f"{text(left)} is {text(right)}" + (f" when {condition}" if condition else "")
    rule = make_rule(name, Source(text(left), text(right), condition), None, meanings.values())
    found.conjectures += 1
    outcome = prove(rule, _PROOF_SECONDS)
    if isinstance(outcome, Refuted):
        found.refuted += bool(outcome.words)
        found.undecided += not outcome.words
        if outcome.words:
            for each in _NAMES:
                samples[each] = np.append(samples[each], np.uint32(outcome.words.get(each, 0)))
        return
    found.proven.append(outcome)
    if not any(_implies(kept, outcome) for kept in found.core):
        found.core.append(outcome)


def _conjectures(
    lefts: Sequence[Expression],
    rights: Sequence[Expression],
    samples: Mapping[str, Words],
    meanings: Meanings,
    end: float,
) -> Iterator[tuple[Expression, Expression, str]]:
    """Left sides with the first of the smallest right sides that agree, under the weakest condition that does it."""
    fixed = dict(samples)
    cache: dict[Expression, Words] = {}

    def words_of(side: Expression) -> Words:
        _require_time(end)
        return _evaluate(expanded(side, meanings), fixed, cache)

    left_words, right_words = list(map(words_of, lefts)), list(map(words_of, rights))
    best = [size(left) for left in lefts]
    for condition in CONDITIONS:
        mask = _mask(condition, fixed)
        by_words: dict[bytes, int] = {}
        for number, words in enumerate(right_words):
            by_words.setdefault(words[mask].tobytes(), number)
        for number, words in enumerate(left_words):
            other = by_words.get(words[mask].tobytes())
            if other is None or size(rights[other]) >= best[number]:
                continue
            left, right = lefts[number], rights[other]
            if {name.name for name in names(right)} <= {name.name for name in names(left)}:
                best[number] = size(right)
                if _concerns(condition, left):
                    yield left, right, condition


def _concerns(condition: str, left: Expression) -> bool:
    """Whether a condition speaks of the left side's words alone."""
    if not condition:
        return True
    return {name.name for name in names(parse(condition))} <= {name.name for name in names(left)}


def _mask(condition: str, samples: Mapping[str, Words]) -> NDArray[np.bool_]:
    if not condition:
        return np.ones(len(samples["x"]), dtype=np.bool_)
    mask: NDArray[np.bool_] = _evaluate(parse(condition), samples, {}) != 0
    return mask


def _holds(left: Expression, right: Expression, condition: str, samples: Mapping[str, Words]) -> bool:
    mask = _mask(condition, samples)
    return bool(np.array_equal(_evaluate(left, samples, {})[mask], _evaluate(right, samples, {})[mask]))


def _evaluate(expression: Expression, samples: Mapping[str, Words], cache: dict[Expression, Words]) -> Words:
    known = cache.get(expression)
    if known is None:
        match expression:
            case Number(value):
                known = np.full(len(samples["x"]), value, dtype=np.uint32)
            case Name(name):
                known = samples[name]
            case Apply(op, args):
                known = evaluate_operator(op, [_evaluate(arg, samples, cache) for arg in args])
        cache[expression] = known
    return known


def _samples(seed: int) -> dict[str, Words]:
    """Random words, boundary words, small ones, and words that have to do with one another."""
    random = np.random.default_rng(seed)
    boundary = np.array(_WORDS, dtype=np.uint32)
    found = {}
    for name in _NAMES:
        words = random.integers(0, 2**32, _SAMPLES, dtype=np.uint32)
        small = random.integers(0, 34, _SAMPLES, dtype=np.uint32)
        bits = random.integers(0, 2, _SAMPLES, dtype=np.uint32)
        kind = random.random(_SAMPLES)
        words = np.where(kind < 0.25, random.choice(boundary, _SAMPLES), words)
        words = np.where((kind >= 0.25) & (kind < 0.6), small, words)
        found[name] = np.where(kind > 0.8, bits, words).astype(np.uint32)
    for name, other in (("y", "x"), ("B", "A"), ("A", "x")):
        near = random.random(_SAMPLES) < 0.2
        moved = found[other] + random.integers(0, 3, _SAMPLES, dtype=np.uint32) - np.uint32(1)
        found[name] = np.where(near, moved, found[name])
    return found


# What implies what


def _implies(kept: Rule, rule: Rule) -> bool:
    """Whether a rule is an instance of a kept one, or follows from it at an operand of its left side."""
    if kept.when is not None and kept.when != rule.when:
        return False
    if (binding := _match(kept.left, rule.left, {})) is not None:
        return size(substitute(kept.right, binding)) <= size(rule.right)
    assert isinstance(rule.left, Apply)
    return any(
        isinstance(arg, Apply) and not is_constant(arg) and _match(kept.left, arg, {}) is not None
        for arg in rule.left.args
    )


def _match(pattern: Expression, term: Expression, binding: dict[str, Expression]) -> dict[str, Expression] | None:
    match pattern:
        case Name(name):
            if pattern.is_constant and not is_constant(term):
                return None
            if not pattern.is_constant and is_constant(term):
                return None
            if binding.get(name, term) != term:
                return None
            return {**binding, name: term}
        case Number():
            return binding if pattern == term else None
        case Apply(op, args):
            if not isinstance(term, Apply) or term.op != op:
                return None
            found: dict[str, Expression] | None = binding
            for part, other in zip(args, term.args, strict=True):
                found = None if found is None else _match(part, other, found)
            return found
