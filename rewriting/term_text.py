"""Terms of a replacement as lines, for files: an operator, the positions of its operands, and what else it needs.

``const 0x9e3779b9``, ``input 3``, ``^ 0 2``, ``select 4 1 2``, ``load 5 0:7..2054 ^0x2a`` (after the first 0 stores,
the addresses 7 to 2053, each word combined with a constant beforehand).
"""

import re

from machine.errors import UserError
from machine.opcodes import WORD_MASK
from rewriting.operator_names import INPUT, operator_of, spelled
from rewriting.terms import CONST, LOAD, Region, Term

_REGION = re.compile(r"(\d+):(\d+)\.\.(\d+)")
_MAP = re.compile(r"(\D+)(0x[0-9a-f]{1,8})")
_MOST = 1 << 40


def format_term(term: Term) -> str:
    """The line of a term."""
    words = [spelled(term.op), *map(str, term.args)]
    if isinstance(term.data, Region):
        region = term.data
        words.append(f"{region.version}:{region.start}..{region.stop}")
        words += [f"{op}{constant:#x}" for op, constant in region.maps]
    elif term.data is not None:
        words.append(hex(term.data) if term.op == CONST else str(term.data))
    return " ".join(words)


def parse_term(line: str) -> Term:
    """The term of a line.

    Raises:
        UserError: it is none.
    """
    spelling, *words = line.split(" ")
    op = operator_of(spelling)
    try:
        if op == CONST and len(words) == 1:
            return Term(op, (), int(words[0], 16) & WORD_MASK)
        if op == INPUT and len(words) == 1:
            return Term(op, (), _number(words[0]))
        if op == LOAD:
            return Term(op, (_number(words[0]),), _region(words[1:]))
        if not words or op in (CONST, INPUT):
            raise ValueError
        return Term(op, tuple(map(_number, words)))
    except (ValueError, IndexError):
        raise UserError(f"'{line[:80]}' is no term") from None


def _number(text: str) -> int:
    number = int(text)
    if not 0 <= number < _MOST:
        raise ValueError
    return number


def _region(words: list[str]) -> Region:
    place, maps = _REGION.fullmatch(words[0]), [_MAP.fullmatch(word) for word in words[1:]]
    found = [each for each in maps if each is not None]
    if place is None or len(found) < len(maps):
        raise ValueError
    version, start, stop = map(_number, place.groups())
    return Region(version, start, stop, tuple((each[1], int(each[2], 16)) for each in found))
