"""Wrong decisions and programs: each changed in one way; the legality checker refuses it, or it is not wrong."""

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from random import Random

import numpy as np

from machine.graph.decision import OMITTED, Decision, schedule_of
from machine.legality import check_decision
from machine.program import Program, Slot
from search.analysis.prepared_graph import PreparedGraph
from search.errors import TrialError
from search.scheduling.decide import decide
from search.scheduling.policy import sample_policy
from search.tasks.emission import emit
from tests.fuzz.target import Result, Tally
from tests.search.cases import failures_of, machines, random_prepared

PER_CASE = 40
"""Mutations of one decision, and of its program."""

_GRAPHS = 400

Change = Callable[[PreparedGraph, Decision, Random], tuple[list[int], list[int]]]
"""New cycles of slots (:data:`OMITTED` for those that are not issued) and addresses of buffers."""


@lru_cache(maxsize=64)
def drawn(number: int) -> PreparedGraph:
    """A small graph, on machines with latencies and with little scratch."""
    return random_prepared(number, machines()[number % len(machines())], 3 + number % 9)


def mutated_decisions(random: Random) -> Tally:
    """Mutate a decision; what the checker accepts must compute what the graph does, in as many cycles as it says."""
    prepared, decision = _start(random)
    tally: Tally = Counter()
    for _ in range(PER_CASE):
        kind = random.choice(list(DECISIONS))
        cycles, addresses = DECISIONS[kind](prepared, decision, random)
        changed = Decision(
            schedule_of(prepared.flat, np.array(cycles, dtype=np.int64)), np.array(addresses, dtype=np.int64)
        )
        if cycles == decision.schedule.cycles.tolist() and addresses == decision.addresses.tolist():
            continue
        program = emit(prepared.graph, prepared.flat, changed)
        tally += _judged(kind, prepared, changed, program, random)
    return tally


def mutated_programs(random: Random) -> Tally:
    """Mutate a program beside its decision; what the checker accepts must compute what the graph does."""
    prepared, decision = _start(random)
    program = emit(prepared.graph, prepared.flat, decision)
    tally: Tally = Counter()
    for _ in range(PER_CASE):
        kind = random.choice(list(PROGRAMS))
        bundles = [{engine: list(slots) for engine, slots in bundle.items()} for bundle in program.bundles]
        PROGRAMS[kind](bundles, random, prepared)
        changed = Program(tuple({engine: tuple(slots) for engine, slots in bundle.items()} for bundle in bundles))
        if changed.digest != program.digest:
            tally += _judged(kind, prepared, decision, changed, random)
    return tally


def _start(random: Random) -> tuple[PreparedGraph, Decision]:
    while True:
        prepared = drawn(random.randrange(_GRAPHS))
        try:
            return prepared, decide(prepared, sample_policy(prepared.machine, random))
        except TrialError:
            continue


def _judged(kind: str, prepared: PreparedGraph, decision: Decision, program: Program, random: Random) -> Tally:
    tally: Tally = Counter({(kind, Result.TRIED): 1})
    if check_decision(prepared.graph, decision, program):
        tally[kind, Result.KILLED] += 1
        return tally
    failures = failures_of(prepared, decision, program, random)
    assert failures == [], f"the checker accepts what is wrong: {kind}: {failures}"
    tally[kind, Result.EQUIVALENT] += 1
    return tally


# Decisions


def _issued(decision: Decision) -> list[int]:
    return [slot for slot, cycle in enumerate(decision.schedule.cycles.tolist()) if cycle >= 0]


def _moved(prepared: PreparedGraph, decision: Decision, random: Random, by: int) -> tuple[list[int], list[int]]:
    cycles = decision.schedule.cycles.tolist()
    slot = random.choice(_issued(decision))
    cycles[slot] = max(0, cycles[slot] + by * random.randint(1, 4))
    return cycles, decision.addresses.tolist()


def _exchanged(prepared: PreparedGraph, decision: Decision, random: Random) -> tuple[list[int], list[int]]:
    cycles = decision.schedule.cycles.tolist()
    one, other = random.choice(_issued(decision)), random.choice(_issued(decision))
    cycles[one], cycles[other] = cycles[other], cycles[one]
    return cycles, decision.addresses.tolist()


def _operation(prepared: PreparedGraph, decision: Decision, random: Random) -> list[int]:
    """The issued slots of some operation."""
    flat = prepared.flat
    owners = flat.implementation_operations[flat.slot_implementations]
    chosen = int(owners[random.choice(_issued(decision))])
    return [slot for slot in _issued(decision) if owners[slot] == chosen]


def _operation_earlier(prepared: PreparedGraph, decision: Decision, random: Random) -> tuple[list[int], list[int]]:
    cycles, by = decision.schedule.cycles.tolist(), random.randint(1, 3)
    for slot in _operation(prepared, decision, random):
        cycles[slot] = max(0, cycles[slot] - by)
    return cycles, decision.addresses.tolist()


def _operation_left_out(prepared: PreparedGraph, decision: Decision, random: Random) -> tuple[list[int], list[int]]:
    cycles = decision.schedule.cycles.tolist()
    for slot in _operation(prepared, decision, random):
        cycles[slot] = OMITTED
    return cycles, decision.addresses.tolist()


def _rest_earlier(prepared: PreparedGraph, decision: Decision, random: Random) -> tuple[list[int], list[int]]:
    cycles = decision.schedule.cycles.tolist()
    place = random.randint(1, max(1, *cycles))
    return [cycle - 1 if cycle >= place else cycle for cycle in cycles], decision.addresses.tolist()


def _other_implementation(prepared: PreparedGraph, decision: Decision, random: Random) -> tuple[list[int], list[int]]:
    flat, cycles = prepared.flat, decision.schedule.cycles.tolist()
    slots = _operation(prepared, decision, random)
    operation = int(flat.implementation_operations[flat.slot_implementations[slots[0]]])
    first, last = int(flat.operation_starts[operation]), int(flat.operation_starts[operation + 1])
    start = min(cycles[slot] for slot in slots)
    for slot in slots:
        cycles[slot] = OMITTED
    for slot in flat.slots_of(random.randrange(first, last)):
        cycles[slot] = start + random.choice((0, 0, 0, 1))
    return cycles, decision.addresses.tolist()


def _buffer_elsewhere(prepared: PreparedGraph, decision: Decision, random: Random) -> tuple[list[int], list[int]]:
    addresses = decision.addresses.tolist()
    addresses[random.randrange(len(addresses))] = random.randrange(max(addresses) + 2)
    return decision.schedule.cycles.tolist(), addresses


def _buffers_exchanged(prepared: PreparedGraph, decision: Decision, random: Random) -> tuple[list[int], list[int]]:
    addresses = decision.addresses.tolist()
    one, other = random.randrange(len(addresses)), random.randrange(len(addresses))
    addresses[one], addresses[other] = addresses[other], addresses[one]
    return decision.schedule.cycles.tolist(), addresses


DECISIONS: dict[str, Change] = {
    "a slot earlier": lambda prepared, decision, random: _moved(prepared, decision, random, -1),
    "a slot later": lambda prepared, decision, random: _moved(prepared, decision, random, 1),
    "two slots exchanged": _exchanged,
    "an operation earlier": _operation_earlier,
    "an operation left out": _operation_left_out,
    "the rest a cycle earlier": _rest_earlier,
    "another implementation": _other_implementation,
    "a buffer elsewhere": _buffer_elsewhere,
    "two buffers exchanged": _buffers_exchanged,
}


# Programs

Bundles = list[dict[str, list[Slot]]]


def _slot(bundles: Bundles, random: Random) -> tuple[int, str, int]:
    """The place of a slot."""
    places = [(n, e, i) for n, bundle in enumerate(bundles) for e, slots in bundle.items() for i in range(len(slots))]
    return random.choice(places)


def _remove(bundles: Bundles, random: Random, prepared: PreparedGraph) -> None:
    number, engine, place = _slot(bundles, random)
    del bundles[number][engine][place]


def _repeat(bundles: Bundles, random: Random, prepared: PreparedGraph) -> None:
    number, engine, place = _slot(bundles, random)
    bundles[number][engine].append(bundles[number][engine][place])


def _other_operand(bundles: Bundles, random: Random, prepared: PreparedGraph) -> None:
    number, engine, place = _slot(bundles, random)
    slot = list(bundles[number][engine][place])
    position = random.randrange(1, len(slot)) if len(slot) > 1 else 0
    slot[position] = random.choice((0, 1, 7, int(slot[position]) + random.choice((-1, 1)))) if position else "nop"
    bundles[number][engine][place] = tuple(slot)


def _other_opcode(bundles: Bundles, random: Random, prepared: PreparedGraph) -> None:
    number, engine, place = _slot(bundles, random)
    slot = bundles[number][engine][place]
    opcodes = prepared.machine.engines[engine].opcodes
    bundles[number][engine][place] = (random.choice(list(opcodes)), *slot[1:])


def _other_bundle(bundles: Bundles, random: Random, prepared: PreparedGraph) -> None:
    number, engine, place = _slot(bundles, random)
    slot = bundles[number][engine].pop(place)
    bundles[random.randrange(len(bundles))].setdefault(engine, []).append(slot)


def _bundle_left_out(bundles: Bundles, random: Random, prepared: PreparedGraph) -> None:
    del bundles[random.randrange(len(bundles))]


def _bundle_more(bundles: Bundles, random: Random, prepared: PreparedGraph) -> None:
    bundles.insert(random.randrange(len(bundles) + 1), {random.choice(list(prepared.machine.engines)): []})


def _other_order(bundles: Bundles, random: Random, prepared: PreparedGraph) -> None:
    bundle = random.choice(bundles)
    engines = list(bundle.items())
    random.shuffle(engines)
    for _, slots in engines:
        random.shuffle(slots)
    bundle.clear()
    bundle.update(engines)


PROGRAMS: dict[str, Callable[[Bundles, Random, PreparedGraph], None]] = {
    "a slot left out": _remove,
    "a slot twice": _repeat,
    "another operand": _other_operand,
    "another opcode": _other_opcode,
    "another bundle": _other_bundle,
    "a bundle left out": _bundle_left_out,
    "a bundle more": _bundle_more,
    "another order in a bundle": _other_order,
}
