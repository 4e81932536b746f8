"""Bounds against all schedules there are: no program that the legality checker accepts is shorter than a bound.

Tiny graphs, whose operations may write what nobody reads, on machines of few slots and many latencies.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from random import Random

import numpy as np
import pytest

from machine.certificates.certificate import Level
from machine.certificates.checker import check_certificate
from machine.graph.builder import Kernel
from machine.graph.decision import OMITTED, Decision, schedule_of
from machine.graph.operation import Graph, MemoryRange
from machine.legality import check_decision
from machine.model import Machine
from machine.opcodes import OPCODES
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.bounds.chains_and_work import lower_bound
from search.bounds.counting import counting_bound
from search.cpsat.lane_groups import Granularity
from search.cpsat.solve import solve_exact
from search.solver.solve_outcome import SolveLimits
from search.tasks.emission import emit
from tests.search.cases import TAKEHOME

MOST_SCHEDULES = 6_000
MOST_CYCLES = 12


def random_machine(random: Random) -> Machine:
    slots = {name: random.randint(1, 2) for name in ("alu", "valu", "load", "store", "flow")}
    latencies = {key: random.choice((1, 1, 2, 3)) for key in OPCODES}
    return TAKEHOME.variant("tiny", vector_length=2, slots=slots, latencies=latencies)


def tiny_graph(random: Random) -> Graph:
    kernel = Kernel(random_machine(random), 16)
    words = [kernel.buffer(f"z{number}", 1, zero=True)[0] for number in range(2)]
    vectors = [kernel.vector("v", zero=True)]
    for number in range(random.randint(2, 4)):
        at = random.randrange(6)
        match random.randrange(5):
            case 0:
                kernel.load(words[0], random.choice(words), MemoryRange(at, at + 2))
            case 1:
                kernel.store(random.choice(words), random.choice(words), MemoryRange(at, at + 2))
            case 2 if len(vectors) < 3:
                made = random.choice([kernel.vector(f"v{number}"), *vectors])
                kernel.binary("+", made, random.choice(vectors), random.choice(vectors))
                vectors.append(made)
            case _:
                target = random.choice([*words, kernel.scalar(f"w{number}")])
                kernel.scalar_binary(random.choice("+^"), target, random.choice(words), random.choice(words))
                words.append(target)
    return kernel.graph()


def choices(prepared: PreparedGraph) -> Iterator[list[int]]:
    """The slots of every choice of implementations, operations that are left out among them."""
    flat = prepared.flat
    for choice in product(*(range(OMITTED, len(each.implementations)) for each in prepared.graph.operations)):
        chosen = [int(flat.operation_starts[number]) + each for number, each in enumerate(choice) if each != OMITTED]
        yield [slot for implementation in chosen for slot in flat.slots_of(implementation)]


def all_decisions(prepared: PreparedGraph, length: int) -> Iterator[Decision]:
    """Every choice, with every issue cycle of its slots, that ends within ``length`` cycles."""
    flat = prepared.flat
    addresses = np.array(prepared.graph.first_words[:-1], dtype=np.int64)
    for slots in choices(prepared):
        lasts = [length - int(flat.slot_latencies[slot]) for slot in slots]
        for starts in product(*(range(last + 1) for last in lasts)):
            cycles = np.full(len(flat.slot_implementations), OMITTED, dtype=np.int64)
            cycles[slots] = starts
            yield Decision(schedule_of(flat, cycles), addresses)


def schedules_within(prepared: PreparedGraph, length: int) -> int:
    """How many decisions :func:`all_decisions` gives."""
    latencies = prepared.flat.slot_latencies
    return sum(
        int(np.prod([max(0, length - int(latencies[slot]) + 1) for slot in slots])) for slots in choices(prepared)
    )


def is_accepted(prepared: PreparedGraph, decision: Decision) -> bool:
    overfull = Counter(
        (int(prepared.flat.slot_engines[slot]), int(cycle))
        for slot, cycle in enumerate(decision.schedule.cycles)
        if cycle >= 0
    )
    engines = prepared.machine.scored_engines
    if any(count > engines[engine].slots for (engine, _), count in overfull.items()):
        return False
    return check_decision(prepared.graph, decision, emit(prepared.graph, prepared.flat, decision)) == []


@pytest.mark.parametrize("block", range(6))
def test_no_schedule_that_is_accepted_is_shorter_than_a_bound(block: int) -> None:
    tried = met = 0
    for seed in range(50 * block, 50 * (block + 1)):
        prepared = prepare(tiny_graph(Random(seed)))
        bound = lower_bound(prepared)
        assert check_certificate(prepared.graph, bound.cycles, bound.certificate) is Level.CHECKED
        if schedules_within(prepared, bound.cycles - 1) > MOST_SCHEDULES:
            continue
        tried += 1
        assert not any(is_accepted(prepared, each) for each in all_decisions(prepared, bound.cycles - 1)), seed
        if schedules_within(prepared, bound.cycles) <= MOST_SCHEDULES:
            met += any(is_accepted(prepared, each) for each in all_decisions(prepared, bound.cycles))
    assert tried >= 25
    assert met >= 5  # what is searched through does hold schedules


@pytest.mark.parametrize("block", range(2))
def test_no_schedule_that_is_accepted_is_shorter_than_a_counting_bound(block: int) -> None:
    tried = 0
    for seed in range(1000 + 20 * block, 1000 + 20 * (block + 1)):
        prepared = prepare(tiny_graph(Random(seed)))
        bound = counting_bound(prepared, lower_bound(prepared), MOST_CYCLES, SolveLimits(2.0, workers=1))
        if schedules_within(prepared, bound.cycles - 1) <= MOST_SCHEDULES:
            tried += 1
            assert not any(is_accepted(prepared, each) for each in all_decisions(prepared, bound.cycles - 1)), seed
    assert tried >= 8


@pytest.mark.parametrize("block", range(2))
def test_the_exact_model_finds_the_shortest_schedule_that_is_accepted(block: int) -> None:
    tried = 0
    for seed in range(30 * block, 30 * (block + 1)):
        prepared = prepare(tiny_graph(Random(seed)))
        floor, words = lower_bound(prepared).cycles, prepared.machine.scratch_words
        found = solve_exact(prepared, 14, floor, Granularity.SINGLE_LANES, words, SolveLimits(5.0, workers=1))
        assert found.schedule is not None
        if schedules_within(prepared, found.schedule.length - 1) <= MOST_SCHEDULES:
            tried += 1
            shorter = all_decisions(prepared, found.schedule.length - 1)
            assert not any(is_accepted(prepared, each) for each in shorter), seed
    assert tried >= 15


def test_the_exact_model_knows_which_latencies_are_chosen() -> None:
    """A vector is written twice, by slow valu slots or fast alu slots: two fast ones may land together."""
    latencies = {("valu", "+"): 3, ("alu", "+"): 1}
    kernel = Kernel(TAKEHOME.variant("two", vector_length=2, slots={"alu": 4, "valu": 1}, latencies=latencies), 16)
    zero, vector = kernel.vector("zero", zero=True), kernel.vector("vector")
    for _ in range(2):
        kernel.binary("+", vector, zero, zero)
    prepared = prepare(kernel.graph())
    found = solve_exact(prepared, 9, 1, Granularity.SINGLE_LANES, prepared.machine.scratch_words, SolveLimits(5.0))
    assert found.schedule is not None
    shortest = next(n for n in range(9) if any(is_accepted(prepared, each) for each in all_decisions(prepared, n)))
    assert found.schedule.length == shortest
