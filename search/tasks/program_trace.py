"""A candidate's schedule as a trace, with the names of its kernel, and arrows from what slots waited for."""

from typing import Any

from machine.program import Slot
from machine.trace import Place, SlotLabel, chrome_trace
from search.explain.operation_text import GraphText
from search.explain.readiness import NOBODY, find_readiness
from search.explain.slot_places import slot_places
from search.scratch.lifetimes import find_lifetimes
from search.tasks.candidate import Candidate


def trace_of(candidate: Candidate) -> dict[str, Any]:
    """The trace; of all dependences of a slot, the arrow is from the one that let it issue last."""
    prepared, schedule = candidate.prepared, candidate.decision.schedule
    flat, text = prepared.flat, GraphText(prepared)
    readiness = find_readiness(prepared, schedule)
    places = slot_places(prepared, schedule)
    slots = {place: slot for slot, place in places.items()}
    waited_for = readiness.waited_for.tolist()

    def label(place: Place, _: Slot) -> SlotLabel:
        slot = slots[place]
        operation = int(flat.implementation_operations[flat.slot_implementations[slot]])
        details = {"slot": text.slot(slot), "line": text.source(operation), "ready": str(readiness.ready[slot])}
        if waited_for[slot] != NOBODY:
            details["waited for"] = text.slot(waited_for[slot])
        return SlotLabel(text.operation(operation), details)

    arrows = [(places[waited_for[slot]], place) for slot, place in places.items() if waited_for[slot] != NOBODY]
    live = find_lifetimes(flat, schedule).live_words(flat.buffer_words)
    return chrome_trace(candidate.program, prepared.machine, live.tolist(), label, arrows)
