"""Programs: bundles of slots, and their JSON form."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from machine.errors import UserError
from machine.limits import MOST_CYCLES
from machine.opcodes import NOT_EXECUTED

Slot = tuple[Any, ...]
"""Opcode name, then operands: integers, except where the opcode ignores them (:attr:`Role.ANYTHING`)."""

ONLY_INTEGERS = frozenset({int})
"""What types of operands are, where all are integers; ``bool`` is none."""

Bundle = Mapping[str, Sequence[Slot]]
"""Slots by engine.  The order of engines has meaning: of two writes to one word the later wins."""


@dataclass(frozen=True)
class Program:
    """A list of bundles, executed from the first."""

    bundles: tuple[Bundle, ...]

    def to_json(self) -> list[dict[str, list[list[Any]]]]:
        """The program as plain lists, engines in their order."""
        return [{engine: [list(slot) for slot in slots] for engine, slots in b.items()} for b in self.bundles]

    def dumps(self) -> str:
        """The program as compact JSON text."""
        return json.dumps(self.to_json(), separators=(",", ":"))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of :meth:`dumps`."""
        return hashlib.sha256(self.dumps().encode()).hexdigest()


def program_from_json(data: object) -> Program:
    """The program in ``data``, parsed JSON.

    Raises:
        UserError: ``data`` is not a list of bundles; says where.
    """
    if not isinstance(data, list):
        raise UserError("a program is a JSON list of bundles")
    if len(data) > MOST_CYCLES:
        raise UserError(f"a program has at most {MOST_CYCLES} bundles")
    return Program(tuple(_bundle(index, bundle) for index, bundle in enumerate(data)))


def load_program(path: Path) -> Program:
    """Read a program from a JSON file.

    Raises:
        UserError: the file cannot be read or holds no program.
    """
    return program_from_json(read_json(path))


def read_json(path: Path) -> object:
    """Parsed JSON of a user's file.

    Raises:
        UserError: the file cannot be read or is not JSON.
    """
    try:
        return json.loads(read_text(path, "not valid JSON"))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not valid JSON: {error}") from None


def read_text(path: Path, otherwise: str = "not UTF-8 text") -> str:
    """The text of a user's file; one that is no text is said to be ``otherwise``.

    Raises:
        UserError: the file cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is {otherwise}: {error}") from None


def _bundle(index: int, bundle: object) -> Bundle:
    if not isinstance(bundle, dict):
        raise UserError(f"bundle {index}: expected an object of engines, found {type(bundle).__name__}")
    return {engine: _slots(index, engine, slots) for engine, slots in bundle.items()}


def _slots(index: int, engine: str, slots: object) -> tuple[Slot, ...]:
    if not isinstance(slots, list):
        raise UserError(f"bundle {index}, engine {engine}: expected a list of slots")
    for slot in slots:
        if not isinstance(slot, list) or not slot or not isinstance(slot[0], str):
            raise UserError(f"bundle {index}, engine {engine}: a slot is a list that starts with its opcode's name")
        if slot[0] not in NOT_EXECUTED and not ONLY_INTEGERS.issuperset(map(type, slot[1:])):
            raise UserError(f"bundle {index}, engine {engine}: operands of {slot[0]} must be integers")
    return tuple(map(tuple, slots))
