"""Spoils real schedules: one small change to a decision or its program, of a kind that has a name."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import numpy as np

from machine.graph.decision import OMITTED, Decision, schedule_of
from machine.graph.flat import opcode_table
from machine.program import Program, Slot
from search.analysis.prepared_graph import PreparedGraph
from search.tasks.emission import emit

Bundles = list[dict[str, list[Slot]]]


def copied(program: Program) -> Bundles:
    return [{engine: list(slots) for engine, slots in bundle.items()} for bundle in program.bundles]


class Mutator:
    """Spoils decisions and programs; each method returns a decision and a program, or ``None`` where it cannot."""

    def __init__(self, random: Random, prepared: PreparedGraph, decision: Decision) -> None:
        self.random = random
        self.prepared = prepared
        self.flat = prepared.flat
        self.decision = decision
        self.program = self.emitted(decision)
        self.issued = np.flatnonzero(decision.schedule.cycles >= 0).tolist()
        effects = [op.reads_memory or op.writes_memory for op in opcode_table(prepared.graph)]
        self.memory_slots = [slot for slot in self.issued if effects[self.flat.slot_opcodes[slot]]]

    def emitted(self, decision: Decision) -> Program:
        return emit(self.prepared.graph, self.flat, decision)

    def moved(self, cycles: dict[int, int]) -> tuple[Decision, Program] | None:
        changed = self.decision.schedule.cycles.copy()
        for slot, cycle in cycles.items():
            changed[slot] = cycle
        decision = Decision(schedule_of(self.flat, changed), self.decision.addresses)
        return (decision, self.emitted(decision)) if max(cycles.values()) < 10_000 else None

    def cycle(self, slot: int) -> int:
        return int(self.decision.schedule.cycles[slot])

    def move_slot(self) -> tuple[Decision, Program] | None:
        slot = self.random.choice(self.issued)
        return self.moved({slot: max(0, self.cycle(slot) + self.random.choice((-3, -2, -1, 1, 2, 3)))})

    def move_memory_slot(self) -> tuple[Decision, Program] | None:
        slot = self.random.choice(self.memory_slots)
        return self.moved({slot: self.random.randrange(self.decision.schedule.length)})

    def swap_slots(self) -> tuple[Decision, Program] | None:
        a, b = self.random.sample(self.issued, 2)
        return self.moved({a: self.cycle(b), b: self.cycle(a)})

    def swap_memory_slots(self) -> tuple[Decision, Program] | None:
        a, b = self.random.sample(self.memory_slots, 2)
        return self.moved({a: self.cycle(b), b: self.cycle(a)})

    def squeeze(self) -> tuple[Decision, Program] | None:
        """Everything from some cycle on, a cycle earlier."""
        first = self.random.randint(1, max(1, self.decision.schedule.length - 1))
        later = {slot: self.cycle(slot) - 1 for slot in self.issued if self.cycle(slot) >= first}
        return self.moved(later) if later else None

    def change_implementation(self) -> tuple[Decision, Program] | None:
        counts = np.diff(self.flat.operation_starts)
        chosen = self.decision.schedule.implementations
        movable = np.flatnonzero((counts > 1) & (chosen >= 0)).tolist()
        if not movable:
            return None
        operation = self.random.choice(movable)
        first = int(self.flat.operation_starts[operation])
        old, new = int(chosen[operation]), self.random.randrange(int(counts[operation]) - 1)
        new += new >= old
        cycles = dict.fromkeys(self.flat.slots_of(first + old), OMITTED)
        start = self.cycle(self.flat.slots_of(first + old)[0])
        cycles |= {
            slot: max(0, start + self.random.choice((-1, 0, 0, 0, 1))) for slot in self.flat.slots_of(first + new)
        }
        return self.moved(cycles)

    def omit_operation(self) -> tuple[Decision, Program] | None:
        implementation = int(self.flat.slot_implementations[self.random.choice(self.issued)])
        return self.moved(dict.fromkeys(self.flat.slots_of(implementation), OMITTED))

    def omit_slot(self) -> tuple[Decision, Program] | None:
        return self.moved({self.random.choice(self.issued): OMITTED})

    def overlap_buffers(self) -> tuple[Decision, Program] | None:
        used = np.flatnonzero(self.decision.addresses >= 0).tolist()
        a, b = self.random.sample(used, 2)
        addresses = self.decision.addresses.copy()
        addresses[a] = addresses[b] + self.random.randrange(int(self.flat.buffer_words[b]))
        decision = replace(self.decision, addresses=addresses)
        return decision, self.emitted(decision)

    def shift_buffer(self) -> tuple[Decision, Program] | None:
        addresses = self.decision.addresses.copy()
        addresses[self.random.choice(np.flatnonzero(addresses >= 0).tolist())] += self.random.choice((-1, 1, 7))
        decision = replace(self.decision, addresses=addresses)
        return decision, self.emitted(decision)

    def spoil(self, change: Callable[[Bundles, dict[str, list[Slot]], list[Slot]], None]) -> tuple[Decision, Program]:
        bundles = copied(self.program)
        bundle = self.random.choice([bundle for bundle in bundles if any(bundle.values())])
        slots = self.random.choice([slots for slots in bundle.values() if slots])
        change(bundles, bundle, slots)
        return self.decision, Program(tuple(bundles))

    def reorder_lists(self) -> tuple[Decision, Program] | None:
        bundles = copied(self.program)
        for bundle in bundles:
            for slots in bundle.values():
                self.random.shuffle(slots)
        return self.decision, Program(tuple(bundles))

    def reorder_memory(self) -> tuple[Decision, Program] | None:
        bundles = copied(self.program)
        pairs = [slots for bundle in bundles for slots in bundle.values() if len(slots) > 1 and "store" in slots[0][0]]
        if not pairs:
            return None
        self.random.choice(pairs).reverse()
        return self.decision, Program(tuple(bundles))

    def reorder_engines(self) -> tuple[Decision, Program] | None:
        bundles = copied(self.program)
        place = self.random.randrange(len(bundles))
        names = list(bundles[place])
        self.random.shuffle(names)
        bundles[place] = {name: bundles[place][name] for name in names}
        return self.decision, Program(tuple(bundles))

    def drop_slot(self) -> tuple[Decision, Program] | None:
        return self.spoil(lambda _bundles, _bundle, slots: slots.remove(self.random.choice(slots)))

    def repeat_slot(self) -> tuple[Decision, Program] | None:
        return self.spoil(lambda _bundles, _bundle, slots: slots.append(self.random.choice(slots)))

    def overfill(self) -> tuple[Decision, Program] | None:
        return self.spoil(lambda _bundles, _bundle, slots: slots.extend(slots[:1] * 64))

    def change_operand(self) -> tuple[Decision, Program] | None:
        def change(_bundles: Bundles, _bundle: dict[str, list[Slot]], slots: list[Slot]) -> None:
            place = self.random.randrange(len(slots))
            slot = list(slots[place])
            slot[self.random.randrange(1, len(slot))] += self.random.choice((-8, -1, 1, 8))
            slots[place] = tuple(slot)

        return self.spoil(change)

    def change_opcode(self) -> tuple[Decision, Program] | None:
        def change(_bundles: Bundles, _bundle: dict[str, list[Slot]], slots: list[Slot]) -> None:
            place = self.random.randrange(len(slots))
            other = {"+": "-", "-": "+", "load": "const", "vload": "load"}.get(slots[place][0], "+")
            slots[place] = (other, *slots[place][1:])

        return self.spoil(change)

    def drop_bundle(self) -> tuple[Decision, Program] | None:
        return self.spoil(lambda bundles, bundle, _slots: bundles.remove(bundle))

    def swap_bundles(self) -> tuple[Decision, Program] | None:
        bundles = copied(self.program)
        place = self.random.randrange(max(1, len(bundles) - 1))
        bundles[place : place + 2] = bundles[place : place + 2][::-1]
        return self.decision, Program(tuple(bundles))


HELPERS = {"emitted", "moved", "cycle", "spoil"}
KINDS = [name for name in vars(Mutator) if not name.startswith("_") and name not in HELPERS]
