"""The machines that a sweep file's studies may name: its own variants besides those that ``--machine`` takes.

A variant may vary in turn: its name then stands for itself and for a machine for each value of each feature.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from machine.features import Feature, parse_variation
from machine.model import Machine, load_machine, model_names
from search.sweep.fields import Table


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


def read_variants(tables: list[Table]) -> Variants:
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
                raise table.error(f"name '{name}' is taken: give the machine another")
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


def _variants(table: Table, variants: Variants) -> tuple[MachineVariant, ...]:
    table.require("name", "base")
    name = table.name("name", "")
    if name.endswith(".toml"):
        raise table.error(f"name '{name}' is that of a file: give the machine another")
    with table.about("base"):
        base = find_machines(table.text("base", ""), variants)[0].machine
    vector_length, scratch_words = table.integer("vector_length", None, 1), table.integer("scratch_words", None, 1)
    slots, latencies = table.integers("slots", 1), {}
    for opcode, cycles in table.integers("latencies", 1).items():
        engine, dot, operation = opcode.partition(".")
        if not dot:
            raise table.error(f"latencies: write '{opcode}' as engine.opcode")
        latencies[engine, operation] = cycles
    vary = table.texts("vary", []) if table.has("vary") else []
    table.end()
    with table.about("variant"):
        machine = base.variant(
            name, vector_length=vector_length, scratch_words=scratch_words, slots=slots, latencies=latencies
        )
    with table.about("vary"):
        return (MachineVariant(machine, machine), *_varied(machine, vary))


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
