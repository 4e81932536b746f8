"""What may be varied of a machine: slots, latencies and opcodes of its engines, lanes, words of scratch.

A feature is a number of the machine; a machine with another value of it is built from its tables, so that it is checked
as a machine file is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from machine.architecture import Machine
from machine.description import machine_from_data, machine_to_data
from machine.errors import UserError
from machine.nearest import did_you_mean
from machine.opcodes import BUILT_IN_NAMES

MOST_VALUES = 200
"""Of one feature."""

_RANGE = re.compile(r"(\d{1,9}):(\d{1,9})(?::(\d{1,9}))?")


class FeatureKind(Enum):
    """What a feature is a number of."""

    LANES = "lanes"
    SCRATCH = "scratch"
    SLOTS = "slots"
    LATENCY = "latency"
    OPCODE = "opcode"


@dataclass(frozen=True)
class Feature:
    """A number of a machine.

    Attributes:
        kind: what it is a number of.
        engine: of slots, latencies and opcodes.
        opcode: of an opcode, and of a latency that is one opcode's alone.
    """

    kind: FeatureKind
    engine: str = ""
    opcode: str = ""

    def __str__(self) -> str:
        last = "" if self.kind is FeatureKind.OPCODE else self.kind.value
        return ".".join(filter(None, (self.engine, self.opcode, last)))

    def value(self, machine: Machine) -> int:
        """The machine's value: of an engine's latency that of its slowest opcode, of an opcode 1 if it is there."""
        match self.kind:
            case FeatureKind.LANES:
                return machine.vector_length
            case FeatureKind.SCRATCH:
                return machine.scratch_words
            case FeatureKind.SLOTS:
                return machine.engines[self.engine].slots
            case FeatureKind.OPCODE:
                return int(machine.offers(self.engine, self.opcode))
        opcodes = machine.engines[self.engine].opcodes
        return max(machine.latency(opcodes[name]) for name in ([self.opcode] if self.opcode else opcodes))

    def changed(self, machine: Machine, value: int, name: str | None = None) -> Machine:
        """The machine with another value, under a name of its own.

        An engine of 0 slots is no engine.  Where the latency is an engine's, the others of its opcodes become slower
        or faster by as many cycles as the slowest, as long as they take one.

        Raises:
            UserError: there can be no such machine.
        """
        data = machine_to_data(machine)
        engine: dict[str, Any] = data["engines"].get(self.engine, {})
        match self.kind:
            case FeatureKind.LANES:
                data["vector_length"] = value
            case FeatureKind.SCRATCH:
                data["scratch_words"] = value
            case FeatureKind.SLOTS if value == 0:
                del data["engines"][self.engine]
            case FeatureKind.SLOTS:
                engine["slots"] = value
            case FeatureKind.LATENCY:
                engine["latency"] |= self._latencies(machine, value)
            case FeatureKind.OPCODE:
                engine["opcodes"] = [each for each in engine["opcodes"] if each != self.opcode]
                engine["opcodes"] += [self.opcode] * value
                engine["latency"] = {each: cycles for each, cycles in engine["latency"].items() if each != self.opcode}
        listed = {opcode for table in data["engines"].values() for opcode in table["opcodes"]}
        data["opcodes"] = {each: table for each, table in data.get("opcodes", {}).items() if each in listed}
        found = machine_from_data(data, f"{machine.name} with {self}={value}")
        return replace(found, name=name or f"{machine.name} {self}={value}")

    def _latencies(self, machine: Machine, value: int) -> dict[str, int]:
        if self.opcode:
            return {self.opcode: value}
        more, opcodes = value - self.value(machine), machine.engines[self.engine].opcodes
        slowest = {name for name in opcodes if machine.latency(opcodes[name]) == self.value(machine)}
        return {name: value if name in slowest else max(1, machine.latency(opcodes[name]) + more) for name in opcodes}


@dataclass(frozen=True)
class Variation:
    """A feature, and the values that it is to take."""

    feature: Feature
    values: tuple[int, ...]


def parse_variation(text: str, machine: Machine) -> Variation:
    """The variation in ``FEATURE=VALUES``, as in ``valu.slots=4:8`` or ``scratch=512,1024``.

    Raises:
        UserError: the machine has no such feature, or the values are none.
    """
    name, equals, values = text.partition("=")
    if not equals:
        raise UserError(f"write '{text}' as FEATURE=VALUES, as in valu.slots=4:8 or scratch=512,1024")
    feature = _feature(name.strip(), machine)
    found = tuple(dict.fromkeys(number for part in values.split(",") for number in _numbers(part.strip(), text)))
    if len(found) > MOST_VALUES:
        raise UserError(f"'{text}' names {len(found):,} values: there may be {MOST_VALUES}")
    if feature.kind is FeatureKind.OPCODE and not set(found) <= {0, 1}:
        raise UserError(f"'{text}': an opcode is there (1) or not (0)")
    return Variation(feature, found)


def usual_variations(machine: Machine) -> list[Variation]:
    """A slot or a cycle of latency more or less for each engine; half and twice the lanes and the scratch.

    An engine with one slot goes; free ones stay as they are.
    """
    engines = [engine.name for engine in machine.scored_engines]
    slots = [Feature(FeatureKind.SLOTS, engine) for engine in engines]
    latencies = [Feature(FeatureKind.LATENCY, engine) for engine in engines]
    found = [Variation(each, (each.value(machine) + 1, each.value(machine) - 1)) for each in slots]
    for feature in (Feature(FeatureKind.LANES), Feature(FeatureKind.SCRATCH)):
        value = feature.value(machine)
        found.append(Variation(feature, (2 * value, value // 2) if value > 1 else (2 * value,)))
    for feature in latencies:
        value = feature.value(machine)
        found.append(Variation(feature, (value - 1, value + 1) if value > 1 else (value + 1,)))
    return found


def _feature(name: str, machine: Machine) -> Feature:
    """The feature of that name, as features write themselves."""
    if name in (FeatureKind.LANES.value, FeatureKind.SCRATCH.value):
        return Feature(FeatureKind(name))
    engine, _, rest = name.partition(".")
    if engine in machine.engines and rest:
        opcode, _, last = rest.rpartition(".")
        if rest in (FeatureKind.SLOTS.value, FeatureKind.LATENCY.value):
            return Feature(FeatureKind(rest), engine)
        if last == FeatureKind.LATENCY.value and machine.offers(engine, opcode):
            return Feature(FeatureKind.LATENCY, engine, opcode)
        if not opcode and (rest in BUILT_IN_NAMES or rest in machine.definitions):
            return Feature(FeatureKind.OPCODE, engine, rest)
    known = list(_names(machine))
    hint = did_you_mean(name, known) or f": use {', '.join(known)}, or ENGINE.OPCODE.latency, or ENGINE.OPCODE=0,1"
    raise UserError(f"machine {machine.name} has no feature '{name}'{hint}")


def _names(machine: Machine) -> Iterator[str]:
    yield from (FeatureKind.LANES.value, FeatureKind.SCRATCH.value)
    for engine in machine.engines:
        yield from (str(Feature(kind, engine)) for kind in (FeatureKind.SLOTS, FeatureKind.LATENCY))


def _numbers(part: str, text: str) -> Sequence[int]:
    """``8``, ``4:8`` or ``256:1024:256``; the last value counts."""
    if part.isdecimal() and len(part) <= 9:
        return [int(part)]
    found = _RANGE.fullmatch(part)
    if found is None or (found[3] and int(found[3]) == 0):
        raise UserError(f"'{text}': write values as 8, as 4:8 or as 256:1024:256, with commas between them")
    numbers = range(int(found[1]), int(found[2]) + 1, int(found[3] or 1))
    if not 1 <= len(numbers) <= MOST_VALUES:
        raise UserError(f"'{text}' names {len(numbers):,} values: there may be 1 to {MOST_VALUES}")
    return numbers
