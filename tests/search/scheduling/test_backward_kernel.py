"""Backward scheduling: every slot as late as those that must follow it, its engine and the end let it."""

from collections import Counter
from collections.abc import Iterator
from random import Random

import numpy as np
import pytest

from machine.graph.builder import Kernel
from machine.graph.decision import Schedule, schedule_of
from machine.graph.dependences import Ints
from machine.graph.operation import Implementation, Operand
from machine.model import Machine
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.scheduling.justification import latest_cycles
from search.scheduling.list_scheduler import schedule
from tests.search.cases import TAKEHOME, machines, random_policies, random_prepared
from tests.search.small_kernels import swapped_words

SINGLE = TAKEHOME.variant("single slots", slots={"alu": 1, "valu": 1, "load": 1, "store": 1, "flow": 1})
NUMBERS = range(len(TAKEHOME.scored_engines))
ALU_FIRST, FLOW_FIRST = (
    tuple(sorted(NUMBERS, key=lambda number: TAKEHOME.scored_engines[number].name != name)) for name in ("alu", "flow")
)


def late_cases(machine: Machine, count: int = 15) -> Iterator[tuple[PreparedGraph, Schedule, Ints]]:
    """Random graphs, list schedules of them, and the late cycles."""
    for seed in range(count):
        prepared = random_prepared(seed, machine, 60 if seed % 5 == 0 else None)
        for policy in random_policies(Random(seed), machine, 3):
            start = schedule(prepared, policy, machine.scratch_words)
            late = latest_cycles(prepared, start, policy.engine_order)
            assert late is not None
            yield prepared, start, late


def chosen_pairs(prepared: PreparedGraph, start: Schedule) -> tuple[Ints, Ints, Ints]:
    """(slot, later slot, distance) of each precedence between slots that the schedule issues."""
    starts, earlier, distances = prepared.precedences
    later = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    both = (start.cycles[earlier] >= 0) & (start.cycles[later] >= 0)
    return earlier[both], later[both], distances[both]


def used(prepared: PreparedGraph, start: Schedule, late: Ints) -> Counter[tuple[int, int]]:
    """Slots given out, by engine and late cycle."""
    issued = start.cycles >= 0
    return Counter(zip(prepared.flat.slot_engines[issued].tolist(), late[issued].tolist(), strict=True))


def late_of(kernel: Kernel, cycles: list[int], order: tuple[int, ...] = ALU_FIRST) -> list[int] | None:
    """Late cycles of a start at ``cycles``."""
    prepared = prepare(kernel.graph())
    late = latest_cycles(prepared, schedule_of(prepared.flat, np.array(cycles, dtype=np.int64)), order)
    return None if late is None else list(late.tolist())


# What holds whatever the graph


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_each_slot_that_is_chosen_lands_by_the_end_of_the_start_and_no_other_gets_a_cycle(machine: Machine) -> None:
    for prepared, start, late in late_cases(machine):
        issued = start.cycles >= 0
        assert (late[issued] + prepared.flat.slot_latencies[issued]).max() == start.length
        assert (late[~issued] == start.length).all()


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_late_cycles_keep_every_precedence(machine: Machine) -> None:
    kept = 0
    for prepared, start, late in late_cases(machine):
        earlier, later, distances = chosen_pairs(prepared, start)
        assert (late[later] - late[earlier] >= np.maximum(distances, 0)).all()
        kept += len(distances)
    assert kept > 1000


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_no_engine_is_given_more_slots_than_it_has(machine: Machine) -> None:
    for prepared, start, late in late_cases(machine):
        for (engine, _), slots in used(prepared, start, late).items():
            assert slots <= machine.scored_engines[engine].slots


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_no_slot_alone_could_issue_a_cycle_later(machine: Machine) -> None:
    """It would land too late, be too near to a slot that must follow it or pass it, or find its engine full.

    A write that takes long may issue before what reads the word it replaces; none is scheduled so, nor does the list
    scheduler do it.
    """
    for prepared, start, late in late_cases(machine):
        flat = prepared.flat
        earlier, later, distances = chosen_pairs(prepared, start)
        is_held = late + flat.slot_latencies >= start.length
        is_held[earlier[late[later] - late[earlier] - 1 < np.maximum(distances, 0)]] = True
        given = used(prepared, start, late)
        for slot in np.flatnonzero(~is_held & (start.cycles >= 0)).tolist():
            engine = int(flat.slot_engines[slot])
            assert given[engine, int(late[slot]) + 1] == machine.scored_engines[engine].slots


# Graphs of which the late cycles are known


def chain(machine: Machine, opcodes: str) -> Kernel:
    """Each operation reads what the one before has written."""
    kernel = Kernel(machine, 0)
    word = kernel.buffer("zero", 1, zero=True)[0]
    for number, opcode in enumerate(opcodes):
        following = kernel.scalar(f"word {number}")
        kernel.scalar_binary(opcode, following, word, word)
        word = following
    return kernel


@pytest.mark.parametrize("slack", [0, 1, 7])
def test_a_chain_is_as_late_as_its_tails_allow(slack: int) -> None:
    machine = TAKEHOME.variant("slow", latencies={("alu", "*"): 5, ("alu", "-"): 3})
    prepared = prepare(chain(machine, "*+-+*+-").graph())
    start = schedule_of(prepared.flat, prepared.chains.slot_heads + slack)
    late = latest_cycles(prepared, start, ALU_FIRST)
    assert late is not None
    assert start.length == 19 + slack
    assert late.tolist() == (start.length - prepared.chains.slot_tails).tolist()
    assert late.tolist() == [cycle + slack for cycle in (0, 5, 6, 9, 10, 15, 16)]


def sums(machine: Machine, count: int) -> Kernel:
    kernel = Kernel(machine, 0)
    zero = kernel.buffer("zero", 1, zero=True)[0]
    for number in range(count):
        kernel.scalar_binary("+", kernel.scalar(f"sum {number}"), zero, zero)
    return kernel


def test_of_slots_that_are_ready_the_one_that_is_latest_in_the_start_is_last() -> None:
    assert late_of(sums(SINGLE, 4), [6, 0, 9, 3]) == [8, 6, 9, 7]


def test_of_slots_that_are_equally_late_the_first_of_the_graph_is_last() -> None:
    assert late_of(sums(TAKEHOME.variant("two", slots={"alu": 2}), 3), [0, 0, 5]) == [5, 4, 5]


def test_ranks_of_many_words_find_their_cycles() -> None:
    cycles = list(range(100))
    Random(0).shuffle(cycles)
    assert late_of(sums(SINGLE, 100), cycles) == cycles


def test_what_nothing_follows_waits_for_the_end_of_a_chain() -> None:
    kernel = chain(TAKEHOME, "++++")
    other = kernel.buffer("other", 1, zero=True)[0]
    kernel.scalar_binary("+", kernel.scalar("idle"), other, other)
    assert late_of(kernel, [0, 1, 2, 3, 0]) == [0, 1, 2, 3, 3]


def fresh_words(seed: int) -> Kernel:
    """Each word is written once, so that no slot shares a cycle with one it must precede."""
    random = Random(seed)
    slots = {"alu": random.randint(1, 3)}
    kernel = Kernel(TAKEHOME.variant("fresh", slots=slots, latencies={("alu", "*"): 4, ("alu", "-"): 2}), 0)
    words = [kernel.buffer("zero", 1, zero=True)[0]]
    for number in range(random.randint(5, 40)):
        word = kernel.scalar(f"word {number}")
        kernel.scalar_binary(random.choice("+-*"), word, random.choice(words), random.choice(words[-6:]))
        words.append(word)
    return kernel


@pytest.mark.parametrize("seed", range(20))
def test_where_every_word_is_written_once_no_slot_comes_earlier_than_in_the_start(seed: int) -> None:
    prepared = prepare(fresh_words(seed).graph())
    for policy in random_policies(Random(seed), prepared.machine, 5):
        start = schedule(prepared, policy, prepared.machine.scratch_words)
        late = latest_cycles(prepared, start, policy.engine_order)
        assert late is not None
        assert (late >= start.cycles).all()


def add_imm(kernel: Kernel, word: Operand) -> None:
    kernel.operation("add", [Implementation("flow", (kernel.run("flow", "add_imm", (word, word, 1)),))])


@pytest.mark.parametrize("order", [ALU_FIRST, FLOW_FIRST])
def test_a_read_shares_the_cycle_of_the_write_that_replaces_what_it_reads(order: tuple[int, ...]) -> None:
    kernel = Kernel(TAKEHOME, 0)
    word = kernel.buffer("word", 1, zero=True)[0]
    kernel.scalar_binary("+", kernel.scalar("copy"), word, word)
    add_imm(kernel, word)
    assert late_of(kernel, [0, 3], order) == [3, 3]


@pytest.mark.parametrize(("order", "late"), [(ALU_FIRST, [-1, 0, 1, 1]), (FLOW_FIRST, [0, 1, 1, 0])])
def test_an_engine_that_chooses_before_a_slot_may_share_the_cycle_can_lead_to_cycles_before_the_start(
    order: tuple[int, ...], late: list[int]
) -> None:
    """A constant, a sum of it and a word, that word written anew; and a sum that takes the other's last cycle."""
    kernel = Kernel(SINGLE, 0)
    word, other = kernel.buffer("word", 1, zero=True)[0], kernel.buffer("other", 1, zero=True)[0]
    constant = kernel.scalar("constant")
    kernel.operation("constant", [Implementation("load", (kernel.run("load", "const", (constant, 7)),))])
    kernel.scalar_binary("+", kernel.scalar("sum"), constant, word)
    add_imm(kernel, word)
    kernel.scalar_binary("+", kernel.scalar("other sum"), other, other)
    assert late_of(kernel, [0, 1, 1, 0], order) == late


def test_slots_that_must_share_a_bundle_find_no_cycles() -> None:
    """Each lane reads what the next one writes, in a circle; such a start is legal, but list scheduling is stuck."""
    assert late_of(swapped_words(), [0, 0]) is None


def test_a_graph_without_operations_has_no_late_cycles() -> None:
    assert late_of(Kernel(TAKEHOME, 0), []) == []
