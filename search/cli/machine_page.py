"""``slotsmith machines MACHINE``: a machine's engines, and the opcodes that are its own."""

import typer

from machine.model import Engine, Machine, machine_to_data
from machine.nearest import counted
from machine.opcodes import Opcode
from search.cli.fitting_table import Column, print_table, terminal
from search.cli.options import print_json

_ENGINES = (
    *(Column("engine", 9), Column("slots", 8, True)),
    *(Column("opcodes on words", 5), Column("opcodes on vectors", 4), Column("latencies above 1", 3)),
)
_OWN = (
    *(Column("engine", 5), Column("opcode", 9), Column("operands", 4)),
    *(Column("latency", 3, True), Column("effect", 6)),
)


def _start(machine: Machine) -> str:
    return "" if machine.scratch_starts_zero else ", which hold anything at the start"


def show_machine(machine: Machine, *, json: bool) -> None:
    """Print a machine, for people or as the tables of its model with its digest."""
    if json:
        print_json({**machine_to_data(machine), "digest": machine.digest})
        return
    lanes, words = counted(machine.vector_length, "lane"), counted(machine.scratch_words, "scratch word")
    typer.echo(f"{machine.name}: {lanes}, {words}{_start(machine)}")
    typer.echo(f"digest {machine.digest}")
    console = terminal()
    print_table(console, _ENGINES, [_engine_row(engine) for engine in machine.engines.values()])
    own = [
        _opcode_row(machine, engine, opcode)
        for engine in machine.engines.values()
        for opcode in engine.opcodes.values()
        if opcode.definition is not None
    ]
    if own:
        print_table(console, _OWN, own, "opcodes of its own")


def _opcode_row(machine: Machine, engine: Engine, opcode: Opcode) -> tuple[str, ...]:
    operands = ", ".join(name for name, _ in opcode.operands)
    return engine.name, opcode.name, operands, str(machine.latency(opcode)), opcode.summary


def _engine_row(engine: Engine) -> tuple[str, ...]:
    def names(opcodes: list[Opcode]) -> str:
        return " ".join(opcode.name for opcode in opcodes)

    vector = [opcode for opcode in engine.opcodes.values() if opcode.is_vector]
    words = [opcode for opcode in engine.opcodes.values() if not opcode.is_vector]
    late = ", ".join(f"{name} {cycles}" for name, cycles in engine.latencies.items() if cycles > 1)
    return engine.name, "free" if engine.free else str(engine.slots), names(words), names(vector), late
