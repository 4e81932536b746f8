"""A candidate's program as commented assembly, with the names that its kernel gave."""

from collections.abc import Mapping, Sequence
from functools import partial

from machine.assembly import NamedWords, SlotNote, plain_name, write_assembly
from machine.trace import Place
from search.explain.operation_text import GraphText
from search.explain.slot_places import slot_places
from search.tasks.candidate import Candidate


def assembly_of(candidate: Candidate, title: str) -> str:
    """The program's text: each slot with its operands by name, the operation it belongs to, and where that was built.

    Buffers share addresses when they live at different times; each keeps its own name.
    """
    prepared, schedule = candidate.prepared, candidate.decision.schedule
    text = GraphText(prepared)
    names = _unique([plain_name(name) for name in text.buffers])
    addresses = candidate.decision.addresses.tolist()
    buffers = [
        NamedWords(name, address, buffer.words)
        for name, address, buffer in zip(names, addresses, prepared.graph.buffers, strict=True)
        if address >= 0
    ]
    slots = {place: slot for slot, place in slot_places(prepared, schedule).items()}
    heading = [title, f"{candidate.cycles} cycles on {prepared.machine.name}"]
    return write_assembly(candidate.program, heading, buffers, partial(_note, text, names, slots))


def _note(
    text: GraphText, names: Sequence[str], slots: Mapping[Place, int], bundle: int, engine: str, position: int
) -> SlotNote:
    slot = slots[Place(bundle, engine, position)]
    flat = text.prepared.flat
    operation = int(flat.implementation_operations[flat.slot_implementations[slot]])
    comment = f"{text.operation(operation)}  {text.source(operation)}".rstrip()
    return SlotNote(tuple(text.operands(slot, names)), comment)


def _unique(names: Sequence[str]) -> list[str]:
    """The names, those that an earlier one has already with a number at their end."""
    taken: dict[str, None] = {}
    for name in names:
        other, number = name, 1
        while other in taken:
            number += 1
            other = f"{name}_{number}"
        taken[other] = None
    return list(taken)
