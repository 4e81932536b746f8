"""The machines that a sweep file's studies may name: its own variants besides those that ``--machine`` takes."""

from collections.abc import Mapping

from machine.model import Machine, load_machine, model_names
from search.sweep.fields import Table


def read_variants(tables: list[Table]) -> dict[str, Machine]:
    """The machines of ``[[machines]]`` tables, by name; the base of one may be another before it.

    Raises:
        UserError: a table that is no variant, or a name that is taken.
    """
    variants: dict[str, Machine] = {}
    for table in tables:
        machine = _variant(table, variants)
        if machine.name in variants or machine.name in model_names():
            raise table.error(f"name '{machine.name}' is taken: give the machine another")
        variants[machine.name] = machine
    return variants


def _variant(table: Table, variants: Mapping[str, Machine]) -> Machine:
    table.require("name", "base")
    name = table.name("name", "")
    if name.endswith(".toml"):
        raise table.error(f"name '{name}' is that of a file: give the machine another")
    with table.about("base"):
        base = find_machine(table.text("base", ""), variants)
    vector_length, scratch_words = table.integer("vector_length", None, 1), table.integer("scratch_words", None, 1)
    slots, latencies = table.integers("slots", 1), {}
    for opcode, cycles in table.integers("latencies", 1).items():
        engine, dot, operation = opcode.partition(".")
        if not dot:
            raise table.error(f"latencies: write '{opcode}' as engine.opcode")
        latencies[engine, operation] = cycles
    table.end()
    with table.about("variant"):
        return base.variant(
            name, vector_length=vector_length, scratch_words=scratch_words, slots=slots, latencies=latencies
        )


def find_machine(name: str, variants: Mapping[str, Machine]) -> Machine:
    """The variant of that name, or the machine that :func:`machine.model.load_machine` finds.

    Raises:
        UserError: there is none.
    """
    return variants[name] if name in variants else load_machine(name)
