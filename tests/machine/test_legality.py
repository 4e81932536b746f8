"""The legality checker refuses what is wrong, by name."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from machine.graph.builder import Kernel
from machine.graph.decision import Decision, schedule_of
from machine.graph.flat import flatten
from machine.graph.operation import Graph, Implementation, MemoryRange
from machine.legality import check_decision, check_slots
from machine.model import Machine, load_machine
from machine.program import Program, Slot
from search.tasks.emission import emit
from tests.machine.mutator import Bundles, copied

TAKEHOME = load_machine("takehome")


# Slots


@pytest.mark.parametrize(
    ("bundle", "problem"),
    [
        ({"gpu": []}, "bundle 1: unknown engine 'gpu'"),
        ({"flow": [("coreid", 0), ("coreid", 1)]}, "bundle 1: 2 slots on flow, which has 1"),
        ({"alu": [("vload", 0, 0)]}, "bundle 1: engine alu has no opcode 'vload'"),
        ({"alu": [("+", 0, 0)]}, r"bundle 1: \+ takes 3 operands, not 2"),
        ({"alu": [("+", 1536, 0, 0)]}, r"bundle 1: \+ uses scratch 1536..1536"),
        ({"valu": [("+", 0, 1529, 0)]}, r"bundle 1: \+ uses scratch 1529..1536"),
        ({"load": [("vload", 0, -1)]}, "bundle 1: vload uses scratch -1..-1"),
        ({"load": [("load_offset", 1530, 0, 6)]}, "bundle 1: load_offset uses scratch 1536..1536"),
    ],
)
def test_a_slot_that_the_machine_does_not_allow_is_named(bundle: dict[str, list[Slot]], problem: str) -> None:
    (found,) = check_slots(Program(({}, bundle)), TAKEHOME)
    assert re.fullmatch(problem, found)


def test_slots_that_the_machine_allows_are_not_named() -> None:
    full = {engine.name: [_first_slot(engine.name)] * engine.slots for engine in TAKEHOME.engines.values()}
    assert check_slots(Program((full, {}, {"alu": []})), TAKEHOME) == []


def test_slots_of_a_free_engine_are_not_counted() -> None:
    assert check_slots(Program(({"debug": [("comment", "x")] * 100},)), TAKEHOME) == []


def _first_slot(engine: str) -> Slot:
    opcode = next(iter(TAKEHOME.engines[engine].opcodes.values()))
    return (opcode.name, *[0] * len(opcode.operands))


# Decisions, one law at a time


def decided(graph: Graph, cycles: Sequence[int], addresses: Sequence[int] | None = None) -> tuple[Decision, Program]:
    flat = flatten(graph)
    places = np.array(graph.first_words[:-1] if addresses is None else addresses, dtype=np.int64)
    decision = Decision(schedule_of(flat, np.array(cycles, dtype=np.int64)), places)
    return decision, emit(graph, flat, decision)


def problems_of(kernel: Kernel, cycles: Sequence[int], addresses: Sequence[int] | None = None) -> list[str]:
    graph = kernel.graph()
    return check_decision(graph, *decided(graph, cycles, addresses))


def chain(machine: Machine = TAKEHOME) -> Kernel:
    """``word <- zero * zero; other <- word + word; memory[0] <- other`` in buffers zero, word, other."""
    kernel = Kernel(machine, 8)
    zero = kernel.buffer("zero", 1, zero=True)[0]
    word, other = kernel.scalar("word"), kernel.scalar("other")
    kernel.scalar_binary("*", word, zero, zero)
    kernel.scalar_binary("+", other, word, word)
    kernel.store(zero, other, MemoryRange(0, 1))
    return kernel


def test_a_schedule_in_order_is_legal() -> None:
    assert problems_of(chain(), [0, 1, 2]) == []
    assert problems_of(chain(), [3, 9, 11]) == []


def test_a_read_in_the_cycle_of_its_write_is_early() -> None:
    (first, *_) = problems_of(chain(), [0, 0, 1])
    assert first == "cycle 0: operation 1 (+) reads word 0 of word at 1 and finds None, not (1, 0, 0)"


def test_a_read_before_a_long_latency_has_passed_is_early() -> None:
    slow = TAKEHOME.variant("slow", latencies={("alu", "*"): 3})
    assert problems_of(chain(slow), [0, 2, 3])
    assert problems_of(chain(slow), [0, 3, 4]) == []


def test_an_address_taken_again_while_its_word_is_still_to_be_read_is_found() -> None:
    kernel = chain()
    kernel.scalar_binary("+", kernel.scalar("late"), kernel.buffer("nought", 1, zero=True)[0], kernel.constant(0))
    assert problems_of(chain(), [0, 1, 2], [0, 1, 1]) == []  # read and overwritten in one cycle
    first, second = problems_of(chain(), [0, 1, 2], [0, 1, 0])
    assert "reads word 0 of zero at 0 and finds (2, 0, 1), not None" in first
    assert second == "buffers zero and other have a word of scratch at one time"


def test_a_zero_word_whose_address_was_written_before_is_not_zero() -> None:
    kernel = Kernel(TAKEHOME, 0)
    first, second = kernel.buffer("first", 1, zero=True)[0], kernel.buffer("second", 1, zero=True)[0]
    kernel.scalar_binary("+", first, first, first)
    kernel.scalar_binary("+", first, second, second)
    assert "reads word 0 of second" in problems_of(kernel, [0, 1], [0, 0])[0]


def test_buffers_are_held_whole_even_where_no_word_is_missed() -> None:
    kernel = Kernel(TAKEHOME, 0)
    first, second = kernel.buffer("first", 1, zero=True)[0], kernel.buffer("second", 1, zero=True)[0]
    kernel.scalar_binary("+", first, first, first)
    kernel.scalar_binary("+", first, second, second)
    together = ["buffers first and second have a word of scratch at one time"]
    assert problems_of(kernel, [0, 0], [0, 0]) == together
    assert problems_of(kernel, [0, 0], [0, 1]) == []
    pair = Kernel(TAKEHOME, 0)
    wide, zero = pair.buffer("wide", 2), pair.buffer("zero", 1, zero=True)
    for word in range(2):
        pair.scalar_binary("+", wide[word], zero[0], zero[0])
    # The second word of the wide buffer lands in cycle 3, but is held from cycle 1 on.
    assert problems_of(pair, [0, 2], [0, 1]) == ["buffers wide and zero have a word of scratch at one time"]
    assert problems_of(pair, [0, 2], [0, 2]) == []


def test_a_slot_of_a_chosen_implementation_that_is_never_issued_is_found() -> None:
    kernel = Kernel(TAKEHOME, 0)
    zero = kernel.vector("zero", zero=True)
    kernel.binary("+", kernel.vector("sum"), zero, zero)
    problems = problems_of(kernel, [-1, 0, 0, 0, 0, -1, 0, 0, 0])
    assert problems == ["operation 0: a slot of the chosen implementation is never issued"]


def test_an_operation_may_not_be_left_out_even_if_nobody_reads_it() -> None:
    kernel = chain()
    word = kernel.scalar("unread")
    kernel.scalar_binary("+", word, kernel.buffer("nought", 1, zero=True)[0], kernel.buffer("none", 1, zero=True)[0])
    assert problems_of(kernel, [0, 1, 2, 0]) == []
    assert problems_of(kernel, [0, 1, 2, -1]) == ["operation 3 (+) is left out"]


def test_a_store_may_not_be_left_out() -> None:
    assert problems_of(chain(), [0, 1, -1]) == ["operation 2 (store) is left out"]


def test_an_implementation_that_the_operation_does_not_have_is_found() -> None:
    graph = chain().graph()
    decision, program = decided(graph, [0, 1, 2])
    other = replace(decision.schedule, implementations=np.array([0, 1, 0]))
    problems = check_decision(graph, replace(decision, schedule=other), program)
    assert problems == ["operation 1 (+) has no implementation 1"]


def test_an_operation_that_is_read_may_not_be_left_out() -> None:
    assert problems_of(chain(), [-1, 1, 2])


def test_slots_other_than_those_decided_are_found() -> None:
    graph = chain().graph()
    decision, program = decided(graph, [0, 1, 2])
    changes: list[tuple[Callable[[Bundles], object], str]] = [
        (lambda bundles: bundles[0]["alu"].clear(), "bundle 0: the slots of alu are not those decided"),
        (lambda bundles: bundles[0].pop("alu"), "bundle 0 costs no cycle"),
        (lambda bundles: bundles[1].update(flow=[("coreid", 5)]), "bundle 1: the slots of flow are not those decided"),
        (lambda bundles: bundles[1]["alu"].append(("+", 2, 1, 1)), "bundle 1: the slots of alu are not those decided"),
        (lambda bundles: bundles.pop(), "bundle 2: slots of store are missing"),
        (lambda bundles: bundles.insert(0, {}), "bundle 0 costs no cycle"),
        (lambda bundles: bundles.append({"alu": []}), "bundle 3 comes after all that is decided"),
    ]
    for change, problem in changes:
        bundles = copied(program)
        change(bundles)
        assert problem in check_decision(graph, decision, Program(tuple(bundles)))


def test_debug_slots_are_nobodys_business() -> None:
    graph = chain().graph()
    decision, program = decided(graph, [0, 1, 2])
    bundles = copied(program)
    bundles[1]["debug"] = [("comment", "here")]
    assert check_decision(graph, decision, Program(tuple(bundles))) == []


def two_writes(machine: Machine = TAKEHOME) -> Kernel:
    """``word <- zero * zero; word <- zero + zero; other <- word``."""
    kernel = Kernel(machine, 0)
    zero, word, other = kernel.buffer("zero", 1, zero=True)[0], kernel.scalar("word"), kernel.scalar("other")
    kernel.scalar_binary("*", word, zero, zero)
    kernel.scalar_binary("+", word, zero, zero)
    kernel.scalar_binary("^", other, word, word)
    return kernel


def test_of_two_writes_in_a_bundle_the_later_must_be_listed_later() -> None:
    graph = two_writes().graph()
    decision, program = decided(graph, [0, 0, 1])
    assert check_decision(graph, decision, program) == []
    bundles = copied(program)
    bundles[0]["alu"].reverse()
    (problem, *_) = check_decision(graph, decision, Program(tuple(bundles)))
    assert "finds (1, 0, 0), not (1, 0, 1)" in problem


def test_of_two_engines_that_write_one_word_in_a_bundle_the_later_must_be_listed_later() -> None:
    kernel = Kernel(TAKEHOME, 1)
    zero, word = kernel.buffer("zero", 1, zero=True)[0], kernel.scalar("word")
    kernel.scalar_binary("+", word, zero, zero)
    kernel.operation("constant", [Implementation("load", (kernel.run("load", "const", (word, 7)),))])
    kernel.store(zero, word, MemoryRange(0, 1))
    graph = kernel.graph()
    decision, program = decided(graph, [0, 0, 1])
    assert check_decision(graph, decision, program) == []
    bundles = copied(program)
    bundles[0] = dict(reversed(bundles[0].items()))
    problem, order = check_decision(graph, decision, Program(tuple(bundles)))
    assert "finds (1, 0, 0), not (1, 0, 1)" in problem
    assert "writes word 0 of word after operation 1 has" in order


def test_writes_land_by_their_latency_not_by_their_issue() -> None:
    slow = TAKEHOME.variant("slow", latencies={("alu", "*"): 3})
    assert problems_of(two_writes(slow), [0, 1, 3])  # the product lands after the sum
    assert problems_of(two_writes(slow), [0, 2, 3]) == []  # together: the later issued wins
    assert problems_of(two_writes(slow), [0, 3, 4]) == []
    # The sum is read before the product lands on it, which nobody reads; yet writes land in the order of the graph.
    assert problems_of(two_writes(slow), [0, 1, 2]) == [
        "cycle 0: operation 0 (*) writes word 0 of word after operation 1 has"
    ]


def memory_kernel(*accesses: str, machine: Machine = TAKEHOME) -> Kernel:
    """Accesses ``load a b`` and ``store a b`` through ranges a..b-1, ``vstore a`` through a vector from a."""
    kernel = Kernel(machine, 64)
    address, source = kernel.buffer("address", 1, zero=True)[0], kernel.vector("source", zero=True)
    for number, access in enumerate(accesses):
        kind, *ends = access.split()
        start, stop = int(ends[0]), int(ends[-1]) if len(ends) > 1 else int(ends[0]) + 8
        if kind == "load":
            kernel.load(kernel.scalar(f"l{number}"), address, MemoryRange(start, stop))
        elif kind == "store":
            kernel.store(address, source[0], MemoryRange(start, stop))
        else:
            kernel.store_vector(address, source, MemoryRange(start, stop))
    return kernel


SLOW_MEMORY = TAKEHOME.variant("slow memory", latencies={("store", "store"): 3, ("load", "load"): 4})


@pytest.mark.parametrize(
    ("accesses", "cycles", "legal"),
    [
        (("store 0 4", "load 3 8"), (0, 1), True),
        (("store 0 4", "load 3 8"), (0, 0), False),
        (("store 0 4", "load 4 8"), (0, 0), True),
        (("store 0 4", "load 4 8"), (5, 0), True),
        (("load 0 4", "store 0 4"), (0, 0), True),
        (("load 0 4", "store 0 4"), (1, 0), False),
        (("store 0 4", "store 3 8"), (0, 0), True),
        (("store 0 4", "store 3 8"), (1, 0), False),
        (("store 0 4", "store 4 8"), (1, 0), True),
        (("vstore 0", "vstore 7"), (1, 0), False),
        (("vstore 0", "vstore 8"), (1, 0), True),
        (("load 0 4", "load 0 4"), (1, 0), True),
    ],
)
def test_memory_keeps_its_order_where_ranges_overlap(
    accesses: tuple[str, ...], cycles: tuple[int, ...], legal: bool
) -> None:
    assert (problems_of(memory_kernel(*accesses), cycles) == []) is legal


@pytest.mark.parametrize(
    ("accesses", "cycles", "legal"),
    [
        (("store 0 4", "load 0 4"), (0, 3), True),
        (("store 0 4", "load 0 4"), (0, 2), False),
        (("load 0 4", "store 0 4"), (2, 0), True),  # it is read in cycle 2 and overwritten at the end of it
        (("load 0 4", "store 0 4"), (3, 0), False),
        (("store 0 4", "vstore 0"), (0, 2), True),
        (("store 0 4", "vstore 0"), (0, 1), False),
        (("vstore 0", "store 0 4"), (1, 0), True),
        (("vstore 0", "store 0 4"), (3, 0), False),
    ],
)
def test_memory_keeps_its_order_by_landings(accesses: tuple[str, ...], cycles: tuple[int, ...], legal: bool) -> None:
    assert (problems_of(memory_kernel(*accesses, machine=SLOW_MEMORY), cycles) == []) is legal


def test_two_overlapping_vector_stores_in_a_bundle_must_stand_in_order() -> None:
    graph = memory_kernel("vstore 0", "store 3 5").graph()
    decision, program = decided(graph, [0, 0])
    assert check_decision(graph, decision, program) == []
    bundles = copied(program)
    bundles[0]["store"].reverse()
    (problem,) = check_decision(graph, decision, Program(tuple(bundles)))
    assert "memory 0..7: operation 0 stores in cycle 0 out of order with operation 1 in cycle 0" in problem or (
        "memory 3..4: operation 1 stores" in problem
    )
