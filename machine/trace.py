"""Chrome trace export: tracks for the slots of each engine, dependences as arrows, counters; Perfetto opens it.

Slices of one track never overlap: viewers drop those that do.  A slot whose results land in the next cycle lies on the
track of its position; one with a longer latency lies on the first track of its engine's results *in flight* that is
free.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from machine.model import Machine
from machine.program import Program, Slot

Event = dict[str, Any]


class Place(NamedTuple):
    """A slot's place in a program: bundle, engine, and position among the engine's slots."""

    bundle: int
    engine: str
    position: int


@dataclass(frozen=True)
class SlotLabel:
    """What a viewer shows of a slot: its name, and details by their names."""

    name: str
    details: Mapping[str, str] = field(default_factory=dict)


Label = Callable[[Place, Slot], SlotLabel]
"""Names a slot."""


def opcode_and_operands(place: Place, slot: Slot) -> SlotLabel:
    """The plain label: the slot as it stands in the program."""
    return SlotLabel(slot[0], {"slot": " ".join(map(str, slot))})


def chrome_trace(
    program: Program,
    machine: Machine,
    live_words: Sequence[int] = (),
    label: Label = opcode_and_operands,
    arrows: Sequence[tuple[Place, Place]] = (),
) -> dict[str, Any]:
    """The program's bundles as trace events, one microsecond a cycle.

    A program that jumps is shown in the order in which its bundles stand.

    Args:
        program: the program.
        machine: names and numbers the tracks.
        live_words: scratch words held in each cycle, for a counter track.
        label: names each event.
        arrows: pairs of slots, an arrow from the first to the second of each.
    """
    scored = {engine.name for engine in machine.scored_engines}
    issues = [bundle for bundle in enumerate(program.bundles) if not scored.isdisjoint(bundle[1])]
    slices: dict[Place, Event] = {}
    events: list[Event] = []
    for process, engine in enumerate(machine.scored_engines):
        tracks = _Tracks(engine.slots)
        issued = []
        for cycle, (bundle, engines) in enumerate(issues):
            slots = engines.get(engine.name, ())
            issued.append(len(slots))
            for position, slot in enumerate(slots):
                place = Place(bundle, engine.name, position)
                latency = machine.latency(engine.opcodes[slot[0]])
                track = tracks.of(position, cycle, latency)
                slices[place] = _slice(process, track, cycle, latency, place, label(place, slot))
        events.append(_meta("process_name", process, 0, engine.name))
        names = [f"{engine.name} {position}" for position in range(engine.slots)]
        names += [f"{engine.name} in flight {number}" for number in range(len(tracks.free_from))]
        events += [_meta("thread_name", process, track, name) for track, name in enumerate(names)]
        events += _counter(process, f"{engine.name} slots issued", "slots", issued)
    scratch = len(machine.scored_engines)
    events += [*slices.values(), _meta("process_name", scratch, 0, "scratch")]
    events += _counter(scratch, "live words", "words", live_words)
    events += _arrows(slices, arrows)
    return {"traceEvents": events, "displayTimeUnit": "ns", "otherData": {"machine": machine.name}}


@dataclass
class _Tracks:
    """The tracks of an engine: one for each position, then those in flight, each free from some cycle on."""

    positions: int
    free_from: list[int] = field(default_factory=list)

    def of(self, position: int, cycle: int, latency: int) -> int:
        """The track of a slot that issues in ``cycle``; later calls are for the same cycle or later ones."""
        if latency == 1:
            return position
        for number, free_from in enumerate(self.free_from):
            if free_from <= cycle:
                self.free_from[number] = cycle + latency
                return self.positions + number
        self.free_from.append(cycle + latency)
        return self.positions + len(self.free_from) - 1


def _slice(process: int, track: int, cycle: int, latency: int, place: Place, label: SlotLabel) -> Event:
    where = {"ph": "X", "pid": process, "tid": track, "ts": cycle, "dur": latency, "cat": place.engine}
    return {**where, "name": label.name, "args": {**label.details, "bundle": place.bundle}}


def _counter(process: int, name: str, unit: str, values: Sequence[int]) -> Iterator[Event]:
    """An event wherever the value is another than in the cycle before, and a 0 at the end."""
    before: int | None = None
    for cycle, value in enumerate([*values, 0] if len(values) else []):
        if value != before:
            before = int(value)
            event = {"ph": "C", "pid": process, "tid": 0, "ts": cycle, "name": name}
            yield {**event, "args": {unit: before}}


def _arrows(slices: Mapping[Place, Event], arrows: Sequence[tuple[Place, Place]]) -> Iterator[Event]:
    for number, pair in enumerate(arrows):
        for place, phase in zip(pair, ({"ph": "s"}, {"ph": "f", "bp": "e"}), strict=True):
            on = slices[place]
            where = {name: on[name] for name in ("pid", "tid", "ts")}
            yield {**phase, **where, "id": number, "name": "waits for", "cat": "dependence", "args": {}}


def _meta(kind: str, process: int, thread: int, name: str) -> Event:
    return {"ph": "M", "pid": process, "tid": thread, "name": kind, "args": {"name": name}}
