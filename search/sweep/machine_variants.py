"""The machines that a sweep file's studies may name: its own variants besides those that ``--machine`` takes.

A variant may vary in turn: its name then stands for itself and for a machine for each value of each feature.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from machine.features import Feature, parse_variation
from machine.limits import MOST_LANES, MOST_LATENCY, MOST_SCRATCH_WORDS, MOST_SLOTS
from machine.model import Machine, load_machine, model_names
from machine.strict_table import StrictTable

VARIANT_KEYS = ("name", "base", "vector_length", "scratch_words", "slots", "latencies", "vary")

_MOST_VARIED = 100
"""Features of one machine."""


@dataclass(frozen=True)
class MachineVariant:
    """A machine of a sweep.

    Attributes:
        machine: the machine.
        origin: the machine that it is a variation of; itself where it is none.
        feature: in which it differs from that one; ``None`` where it is the same.
    """

    machine: Machine
    origin: Machine
    feature: Feature | None = None


Variants = Mapping[str, tuple[MachineVariant, ...]]
"""The machines of a sweep file, by the name that its studies use; the one of that very name comes first."""


def read_variants(tables: list[StrictTable]) -> Variants:
    """The machines of ``[[machines]]`` tables; the base of one may be another before it.

    Raises:
        UserError: a table that is no variant, or a name that is taken.
    """
    variants: dict[str, tuple[MachineVariant, ...]] = {}
    taken = set(model_names())
    for table in tables:
        found = _variants(table, variants)
        for name in (each.machine.name for each in found):
            if name in taken:
                raise table.error(f"'{name}' is taken: give the machine another", "name")
            taken.add(name)
        variants[found[0].machine.name] = found
    return variants


def find_machines(name: str, variants: Variants) -> tuple[MachineVariant, ...]:
    """The variants of that name, or the machine that :func:`machine.model.load_machine` finds.

    Raises:
        UserError: there is none.
    """
    if name in variants:
        return variants[name]
    machine = load_machine(name)
    return (MachineVariant(machine, machine),)


def _variants(table: StrictTable, variants: Variants) -> tuple[MachineVariant, ...]:
    name, base_name = table.name("name"), table.text("base")
    if name.endswith(".toml"):
        raise table.error(f"'{name}' is that of a file: give the machine another", "name")
    with table.about("base"):
        base = find_machines(base_name, variants)[0].machine
    vector_length = table.integer("vector_length", 1, MOST_LANES, default=None)
    scratch_words = table.integer("scratch_words", 1, MOST_SCRATCH_WORDS, default=None)
    slots, latencies = _slots(table, base), _latencies(table, base)
    machine = base.variant(
        name, vector_length=vector_length, scratch_words=scratch_words, slots=slots, latencies=latencies
    )
    vary = table.texts("vary", _MOST_VARIED, default=[])
    with table.about("vary"):
        return (MachineVariant(machine, machine), *_varied(machine, vary))


def _slots(table: StrictTable, base: Machine) -> dict[str, int]:
    """The number of slots by engine."""
    slots = table.table("slots", tuple(base.engines), default={})
    return {engine: slots.integer(engine, 1, MOST_SLOTS) for engine in slots}


def _latencies(table: StrictTable, base: Machine) -> dict[tuple[str, str], int]:
    """The latency by engine and opcode."""
    latencies = table.dotted("latencies", default={})
    found = {}
    for key in latencies:
        engine, dot, opcode = key.partition(".")
        if not dot:
            raise latencies.error(f"write '{key}' as engine.opcode", key)
        if not base.offers(engine, opcode):
            raise latencies.error(f"machine {base.name} has no such opcode", key)
        found[engine, opcode] = latencies.integer(key, 1, MOST_LATENCY)
    return found


def _varied(machine: Machine, texts: list[str]) -> list[MachineVariant]:
    """A machine for each value that differs from the machine's own, once each."""
    found = {}
    for variation in (parse_variation(text, machine) for text in texts):
        for value in variation.values:
            if value != variation.feature.value(machine):
                name = f"{machine.name}-{_plain(str(variation.feature))}-{value}"
                changed = variation.feature.changed(machine, value, name)
                found[name] = MachineVariant(changed, machine, variation.feature)
    return list(found.values())


def _plain(feature: str) -> str:
    """The feature as part of a file's name: an opcode may be ``//``."""
    return re.sub(r"[^A-Za-z0-9_.]", lambda found: f"x{ord(found[0]):02x}", feature)
