"""Chrome trace export: one track for each slot of each engine, and scratch occupancy; Perfetto opens it."""

from collections.abc import Callable, Sequence
from typing import Any

from machine.model import Machine
from machine.program import Program, Slot

Label = Callable[[int, str, int, Slot], str]
"""Names a slot, given its bundle, engine, position and itself."""


def opcode_and_operands(bundle: int, engine: str, position: int, slot: Slot) -> str:
    """The plain label: the slot as it stands in the program."""
    return " ".join(map(str, slot))


def chrome_trace(
    program: Program,
    machine: Machine,
    live_words: Sequence[int] = (),
    label: Label = opcode_and_operands,
) -> dict[str, Any]:
    """The program's bundles as trace events, one microsecond a cycle.

    A program that jumps is shown in the order in which its bundles stand.

    Args:
        program: the program.
        machine: names and numbers the tracks.
        live_words: scratch words held in each cycle, for a counter track.
        label: names each event.
    """
    events: list[dict[str, Any]] = []
    track_of: dict[tuple[str, int], int] = {}
    for process, engine in enumerate(machine.scored_engines):
        events.append(_meta("process_name", process, 0, engine.name))
        for position in range(engine.slots):
            track_of[engine.name, position] = process
            events.append(_meta("thread_name", process, position, f"{engine.name} {position}"))
    cycle = 0
    for bundle, engines in enumerate(program.bundles):
        scored = [(name, slots) for name, slots in engines.items() if not machine.engines[name].free]
        for name, slots in scored:
            for position, slot in enumerate(slots):
                event = {"ph": "X", "pid": track_of[name, position], "tid": position, "ts": cycle, "cat": name}
                duration = machine.latency(machine.opcode(name, slot[0]))
                text = label(bundle, name, position, slot)
                events.append({**event, "dur": duration, "name": slot[0], "args": {"slot": text, "bundle": bundle}})
        cycle += bool(scored)
    counters = len(machine.scored_engines)
    events.append(_meta("process_name", counters, 0, "scratch"))
    for number, words in enumerate(live_words):
        event = {"ph": "C", "pid": counters, "tid": 0, "ts": number, "name": "live words"}
        events.append({**event, "args": {"words": int(words)}})
    return {"traceEvents": events, "displayTimeUnit": "ns", "otherData": {"machine": machine.name}}


def _meta(kind: str, process: int, thread: int, name: str) -> dict[str, Any]:
    return {"ph": "M", "pid": process, "tid": thread, "name": kind, "args": {"name": name}}
