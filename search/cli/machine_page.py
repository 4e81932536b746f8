"""``slotsmith machines MACHINE``: a machine's engines, and the opcodes that are its own."""

import sys

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from machine.model import Engine, Machine, machine_to_data
from machine.opcodes import Opcode
from search.cli.options import print_json


def _start(machine: Machine) -> str:
    return "" if machine.scratch_starts_zero else ", which hold anything at the start"


def show_machine(machine: Machine, *, json: bool) -> None:
    """Print a machine, for people or as the tables of its model with its digest."""
    if json:
        print_json({**machine_to_data(machine), "digest": machine.digest})
        return
    typer.echo(f"{machine.name}: {machine.vector_length} lanes, {machine.scratch_words} scratch words{_start(machine)}")
    typer.echo(f"digest {machine.digest}")
    engines = Table("engine", "slots", "opcodes on words", "opcodes on vectors", "latencies above 1", box=box.SIMPLE)
    for engine in machine.engines.values():
        engines.add_row(*_engine_row(engine))
    own = Table("engine", "opcode", "operands", "latency", "effect", box=box.SIMPLE)
    for engine in machine.engines.values():
        for opcode in engine.opcodes.values():
            if opcode.definition is not None:
                operands = ", ".join(name for name, _ in opcode.operands)
                own.add_row(engine.name, opcode.name, operands, str(machine.latency(opcode)), escape(opcode.summary))
    # Without a terminal nothing says how wide a line may be: break no cell.
    console = Console(width=None if sys.stdout.isatty() else 240)
    console.print(engines, markup=False)
    if own.row_count:
        console.print("opcodes of its own", markup=False)
        console.print(own, markup=False)


def _engine_row(engine: Engine) -> tuple[str, ...]:
    def names(opcodes: list[Opcode]) -> str:
        return " ".join(opcode.name for opcode in opcodes)

    vector = [opcode for opcode in engine.opcodes.values() if opcode.is_vector]
    words = [opcode for opcode in engine.opcodes.values() if not opcode.is_vector]
    late = ", ".join(f"{name} {cycles}" for name, cycles in engine.latencies.items() if cycles > 1)
    return engine.name, "free" if engine.free else str(engine.slots), names(words), names(vector), late
