"""What is applied beside the rules of a file: equalities of any number of words, made by code."""

from dataclasses import dataclass

from rewriting.constant_sums import SUMMED
from rewriting.egraph import CONGRUENCE, KNOWN_VALUE
from rewriting.exclusive import EXCLUSIVE
from rewriting.linear import LINEAR
from rewriting.memory_moves import MAPPED, NARROWED, SPLIT


@dataclass(frozen=True, slots=True)
class Schema:
    """A family of equalities: its name in chains of rules, what it says, and why it is true."""

    name: str
    statement: str
    reason: str


SCHEMAS = (
    Schema(LINEAR, "sums of multiples of words, with equal factors and constant, are equal", "words are a ring"),
    Schema(EXCLUSIVE, "exclusive-ors of the same words and constant are equal", "words and ^ are an Abelian group"),
    Schema(KNOWN_VALUE, "a word with one possible value is that constant", "intervals and known bits"),
    Schema(CONGRUENCE, "an operator gives equal words for equal operands", "operators are functions"),
    Schema(NARROWED, "load(region, i) = load(part of the region, i)", "i is known to lie in the part"),
    Schema(SPLIT, "load(k * b + i) = select(b, load(k + i), load(i)) when b <= 1", "both addresses lie in the region"),
    Schema(SUMMED, "C = A + B, C = A - B", "constants are computed modulo 2^32"),
    Schema(MAPPED, "load(table, i) ^ C = load(table ^ C, i)", "the table has no other reader or writer"),
)
"""All of them.  Every e-graph is checked against sample words besides, and every rewritten graph is executed."""
