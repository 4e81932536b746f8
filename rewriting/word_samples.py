"""A check of a whole e-graph by numbers: on sample words, all nodes of a class must agree.

Rules are proven and applied by code; this is what finds an error of that code.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from machine.errors import GraphError
from rewriting import operator_names
from rewriting.egraph import EGraph, Node
from rewriting.expressions import Apply, Expression, Name, Number
from rewriting.meanings import Meanings
from rewriting.terms import Region

Words = NDArray[np.uint32]

SAMPLES = 64
_BOUNDARY = (0, 1, 2, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF, 0xAAAA_AAAA)
_MIXER = np.uint64(0x9E37_79B9_7F4A_7C15)


def check_egraph(egraph: EGraph, meanings: Meanings | None = None, seed: int = 0) -> None:
    """Evaluate every node on random and boundary words, opcodes of a machine's own by their meanings.

    Raises:
        GraphError: two nodes of a class differ, or what is known of a class is false.
    """
    random = np.random.default_rng(seed)
    words: dict[int, Words] = {}
    pending = sorted({node for number in egraph.classes() for node in egraph.members(number)})
    while pending:
        later = []
        for number in pending:
            node = egraph.canonical(number)
            if any(arg not in words for arg in node.args):
                later.append(number)
                continue
            found = _evaluate(node, [words[arg] for arg in node.args], random, meanings or {})
            expected = words.setdefault(egraph.find(number), found)
            if not np.array_equal(expected, found):
                raise GraphError(f"e-graph: {node} differs from what it is said to equal")
        if len(later) == len(pending):
            break  # what is left are nodes that need themselves
        pending = later
    for number, found in words.items():
        facts = egraph.facts(number)
        if found.min() < facts.low or found.max() > facts.high or (found & np.uint32(facts.zeros)).any():
            raise GraphError(f"e-graph: class {number} is not as is known of it: {facts}")


def _evaluate(node: Node, args: list[Words], random: np.random.Generator, meanings: Meanings) -> Words:
    op, _, data = node
    match op:
        case "const":
            assert isinstance(data, int)
            return np.full(SAMPLES, data, dtype=np.uint32)
        case operator_names.INPUT:
            found = random.integers(0, 2**32, SAMPLES, dtype=np.uint32)
            chosen = random.random(SAMPLES) < 0.4
            return np.where(chosen, random.choice(np.array(_BOUNDARY, dtype=np.uint32), SAMPLES), found)
        case operator_names.AFFINE:
            assert isinstance(data, tuple)
            return args[0] * np.uint32(data[0]) + np.uint32(data[1])
        case "load":
            assert isinstance(data, Region)
            loaded = _memory(args[0], data.version)
            for opcode, constant in data.maps:
                loaded = _binary(opcode, loaded, np.full(SAMPLES, constant, dtype=np.uint32))
            return loaded
        case operator_names.PACK:
            total = np.zeros(SAMPLES, dtype=np.uint32)
            for place, arg in enumerate(args):
                total += _memory(arg, place)
            return total
        case _ if op in meanings:
            meaning = meanings[op]
            return evaluate_words(meaning.result, dict(zip(meaning.operands, args, strict=True)))
        case _:
            return evaluate_operator(op, args)


def _memory(addresses: Words, version: int) -> Words:
    """A word for each address, as memory might hold."""
    mixed = (addresses.astype(np.uint64) + np.uint64(version << 40)) * _MIXER
    return (mixed >> np.uint64(31)).astype(np.uint32)


def evaluate_words(expression: Expression, words: Mapping[str, Words]) -> Words:
    """An expression of the language of rules, on arrays of words by name.

    Raises:
        GraphError: it has an operator that is none.
    """
    match expression:
        case Number(value):
            return np.full(len(next(iter(words.values()))), value, dtype=np.uint32)
        case Name(name):
            return words[name]
        case Apply(op, args):
            return evaluate_operator(op, [evaluate_words(arg, words) for arg in args])


def evaluate_operator(op: str, a: Sequence[Words]) -> Words:
    """An operator of the language of rules on arrays of words; a condition is 0 or 1.

    Raises:
        GraphError: there is no such operator.
    """
    match op:
        case "select":
            return np.where(a[0] != 0, a[1], a[2])
        case "multiply_add" | operator_names.AFFINE:
            return a[0] * a[1] + a[2]
        case "<=":
            return _bit(a[0] <= a[1])
        case ">":
            return _bit(a[0] > a[1])
        case ">=":
            return _bit(a[0] >= a[1])
        case "!=":
            return _bit(a[0] != a[1])
        case operator_names.AND:
            return _bit(np.all([operand != 0 for operand in a], axis=0))
        case _:
            return _binary(op, a[0], a[1])


def _bit(truth: NDArray[np.bool_]) -> Words:
    return truth.astype(np.uint32)


def _binary(op: str, a: Words, b: Words) -> Words:
    safe = np.maximum(b, np.uint32(1))  # programs that divide by 0 have no meaning
    match op:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "^":
            return a ^ b
        case "&":
            return a & b
        case "|":
            return a | b
        case "<<":
            return np.where(b < 32, a << (b & np.uint32(31)), np.uint32(0))
        case ">>":
            return np.where(b < 32, a >> (b & np.uint32(31)), np.uint32(0))
        case "<":
            return _bit(a < b)
        case "==":
            return _bit(a == b)
        case "//":
            quotients: Words = a // safe
            return quotients
        case "%":
            remainders: Words = a % safe
            return remainders
        case "cdiv":
            rounded: Words = (-(-a.astype(np.int64) // safe.astype(np.int64))).astype(np.uint32)
            return rounded
        case _:
            raise GraphError(f"unknown operator {op}")
