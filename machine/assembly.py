"""Programs as assembly text: a line a slot, with names for words of scratch and comments; it reads back to the bit.

    .buffer sum.3 12 8              ; name, first address, words
    0:                              ; a bundle, by its number
        load    const   sum.3[1], 7 ; engine, opcode, operands; a comment goes to the end of the line
        alu                         ; an engine without slots

An operand is a number, or a name that stands for an address, with an offset in brackets unless that is 0.  Operands
that opcodes ignore and that are no numbers are written as a list: ``debug compare = [3, "key"]``.  Names have neither
spaces nor any of ``; , [ ] =``.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from machine.errors import UserError
from machine.program import ONLY_INTEGERS, Program, Slot, load_program, program_from_json, read_text

SUFFIX = ".asm"
"""The end of an assembly file's name."""

_NUMBER = re.compile(r"-?\d+")
_NAME = re.compile(r"[^\s;,\[\]=\d-][^\s;,\[\]=]*")
_NAMED = re.compile(rf"({_NAME.pattern})(?:\[(\d+)\])?")
_BUNDLE = re.compile(r"(\d+):")
_WORD = re.compile(r"[^\s;,\[\]]+")
_COMMENT_COLUMN = 64


@dataclass(frozen=True)
class NamedWords:
    """A name for words of scratch; several may name the same words, at different times."""

    name: str
    address: int
    words: int


@dataclass(frozen=True)
class SlotNote:
    """What people read of a slot: its operands by name, ``name`` or ``name[offset]``, and a comment."""

    operands: tuple[str, ...] = ()
    comment: str = ""


Annotate = Callable[[int, str, int], SlotNote]
"""Notes on a slot, given its bundle, engine and position."""


def plain_name(text: str) -> str:
    """A name that assembly takes, made of any text."""
    name = re.sub(r"[\s;,\[\]=]", "_", text)
    return name if _NAME.fullmatch(name) else f"_{name}"


def write_assembly(
    program: Program,
    heading: Sequence[str] = (),
    names: Sequence[NamedWords] = (),
    annotate: Annotate = lambda bundle, engine, position: SlotNote(),
) -> str:
    """The program as text.

    Args:
        program: the program.
        heading: lines of comment at the top.
        names: what scratch words may be called; each name once.
        annotate: notes on each slot; an operand that is not the slot's own is written as a number.

    Raises:
        UserError: an engine or opcode has a name that assembly cannot hold.
    """
    known = {each.name: each for each in names}
    lines = [f"; {line}" for line in heading]
    lines += [f".buffer {each.name} {each.address} {each.words}" for each in names]
    for number, bundle in enumerate(program.bundles):
        lines.append(f"{number}:")
        for engine, slots in bundle.items():
            if not slots:
                lines.append(f"    {_checked(engine)}")
            for position, slot in enumerate(slots):
                lines.append(_slot_line(engine, slot, annotate(number, engine, position), known))
    return "\n".join(lines) + "\n"


def read_assembly(text: str, origin: str) -> Program:
    """The program in an assembly text, which errors call ``origin``.

    Raises:
        UserError: it is no such text; says in which line.
    """
    bundles: list[dict[str, list[list[Any]]]] = []
    names: dict[str, NamedWords] = {}
    meaning = cache(partial(_operand, names=names))  # which never changes, for a name's words do not
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            _read_line(line, bundles, names, meaning)
        except ValueError as error:
            raise UserError(f"{origin}, line {number}: {error}") from None
        except RecursionError:
            raise UserError(f"{origin}, line {number}: brackets are nested too deeply") from None
    return program_from_json(bundles)


def load_any_program(path: Path) -> Program:
    """Read a program from a file: assembly if its name ends so, JSON otherwise.

    Raises:
        UserError: the file cannot be read or holds no program.
    """
    return read_assembly(read_text(path), str(path)) if path.suffix == SUFFIX else load_program(path)


def _slot_line(engine: str, slot: Slot, note: SlotNote, names: Mapping[str, NamedWords]) -> str:
    code = f"    {_checked(engine):6}  {_checked(slot[0]):12}"
    if ONLY_INTEGERS.issuperset(map(type, slot[1:])):
        pairs = zip(note.operands, slot[1:], strict=False)
        named = [word if _stands_for(word, value, names) else str(value) for word, value in pairs]
        operands = ", ".join([*named, *map(str, slot[1 + len(named) :])])
    else:
        operands = f"= {json.dumps(slot[1:])}"
    line = f"{code}  {operands}".rstrip()
    return f"{line:{_COMMENT_COLUMN}}; {note.comment}" if note.comment else line


@lru_cache(maxsize=1 << 10)
def _checked(name: str) -> str:
    if not _WORD.fullmatch(name) or name.startswith(".") or _BUNDLE.fullmatch(name):
        raise UserError(f"assembly cannot hold the name '{name}'")
    return name


def _stands_for(word: str, value: int, names: Mapping[str, NamedWords]) -> bool:
    try:
        return _operand(word, names) == value
    except ValueError:
        return False


def _read_line(
    line: str, bundles: list[dict[str, list[list[Any]]]], names: dict[str, NamedWords], meaning: Callable[[str], int]
) -> None:
    """Add what a line says, whose operands have a ``meaning``; ``ValueError`` says what is wrong with it."""
    engine, opcode, rest = _split(line)
    if engine.startswith("."):
        each = _named_words(line)
        if names.setdefault(each.name, each) != each:
            raise ValueError(f"'{each.name}' is the name of other words already")
    elif engine.endswith(":") and (number := _BUNDLE.fullmatch(engine)):
        if int(number[1]) != len(bundles) or opcode:
            raise ValueError(f"expected '{len(bundles)}:' alone, found '{line.strip()}'")
        bundles.append({})
    elif engine:
        if not bundles:
            raise ValueError("a slot before the first bundle, '0:'")
        slots = bundles[-1].setdefault(engine, [])
        if opcode:
            slots.append([opcode, *_operands(rest, meaning)])


def _split(line: str) -> tuple[str, str, str]:
    """The first two words of a line, and what follows them; empty where there is nothing but a comment."""
    if line.lstrip().startswith(";"):
        return "", "", ""
    engine, opcode, rest = (*line.split(None, 2), "", "", "")[:3]
    if opcode.startswith(";"):
        return engine, "", ""
    return engine, opcode, rest


def _named_words(line: str) -> NamedWords:
    words = line.partition(";")[0].split()
    if len(words) != 4 or words[0] != ".buffer" or not _NAME.fullmatch(words[1]):
        raise ValueError(f"expected '.buffer NAME ADDRESS WORDS', found '{line.strip()}'")
    return NamedWords(words[1], int(words[2]), int(words[3]))


def _operands(text: str, meaning: Callable[[str], int]) -> list[Any]:
    if text.startswith("="):
        data, end = json.JSONDecoder().raw_decode(text[1:].lstrip())
        after = text[1:].lstrip()[end:].strip()
        if not isinstance(data, list) or (after and not after.startswith(";")):
            raise ValueError("'=' is followed by a JSON list, and by nothing else")
        return data
    code = text.partition(";")[0].strip()
    return [meaning(word.strip()) for word in code.split(",")] if code else []


def _operand(word: str, names: Mapping[str, NamedWords]) -> int:
    if _NUMBER.fullmatch(word):
        return int(word)
    found = _NAMED.fullmatch(word)
    if found is None:
        raise ValueError(f"'{word}' is neither a number nor a name")
    if found[1] not in names:
        raise ValueError(f"nothing is called '{found[1]}'")
    words, offset = names[found[1]], int(found[2] or 0)
    if offset >= words.words:
        raise ValueError(f"'{words.name}' has {words.words} words, no word {offset}")
    return words.address + offset
