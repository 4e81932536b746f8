"""The list scheduler's core: who issues first, and when nothing can."""

from dataclasses import replace

import pytest

from machine.graph.builder import Kernel
from machine.graph.operation import Graph, Implementation, Operand
from machine.model import Machine
from search.analysis.prepared_graph import prepare
from search.errors import ScheduleStuckError
from search.scheduling.list_scheduler import schedule
from search.scheduling.policy import Policy, default_policy
from tests.search.cases import TAKEHOME, has_lanes_that_must_share_a_bundle

SINGLE = TAKEHOME.variant("single slots", slots={"alu": 1, "valu": 1, "load": 1, "store": 1, "flow": 1})


def cycles_of(graph: Graph, machine: Machine, policy: Policy | None = None, capacity: int = 1536) -> list[int]:
    return list(schedule(prepare(graph), policy or default_policy(machine), capacity).cycles.tolist())


def scalar_sums(kernel: Kernel, streams: list[int]) -> None:
    zero = kernel.buffer("zero", 1, zero=True)[0]
    for number, stream in enumerate(streams):
        with kernel.at(stream):
            kernel.scalar_binary("+", kernel.scalar(f"sum {number}"), zero, zero)


def test_the_most_urgent_slot_of_an_engine_issues_first() -> None:
    kernel = Kernel(SINGLE, 0)
    scalar_sums(kernel, [2, 0, 1])
    by_stream = replace(default_policy(SINGLE), order=0.0)
    assert cycles_of(kernel.graph(), SINGLE, by_stream) == [2, 0, 1]


def test_of_equally_urgent_slots_the_first_of_the_graph_issues_first() -> None:
    kernel = Kernel(SINGLE, 0)
    scalar_sums(kernel, [0] * 70)
    assert cycles_of(kernel.graph(), SINGLE) == list(range(70))


def test_whichever_engine_chooses_first_takes_an_operation() -> None:
    kernel = Kernel(TAKEHOME, 0)
    zero = kernel.vector("zero", zero=True)
    kernel.binary("+", kernel.vector("sum"), zero, zero)
    prepared = prepare(kernel.graph())
    numbers = {engine.name: number for number, engine in enumerate(TAKEHOME.scored_engines)}
    for first, implementation in (("valu", 0), ("alu", 1)):
        order = sorted(numbers.values(), key=lambda number: number != numbers[first])
        policy = replace(default_policy(TAKEHOME), engine_order=tuple(order))
        assert schedule(prepared, policy, 1536).implementations.tolist() == [implementation]


def test_a_read_and_the_write_that_replaces_what_it_reads_share_a_cycle() -> None:
    kernel = Kernel(TAKEHOME, 0)
    word, other = kernel.buffer("word", 1, zero=True)[0], kernel.scalar("other")
    kernel.scalar_binary("+", other, word, word)
    kernel.operation("add", [Implementation("flow", (kernel.run("flow", "add_imm", (word, word, 1)),))])
    policy = default_policy(TAKEHOME)
    alu_first = replace(policy, engine_order=tuple(sorted(policy.engine_order)))
    assert cycles_of(kernel.graph(), TAKEHOME, alu_first) == [0, 0]


def test_two_writes_of_a_word_land_in_order_whatever_their_latencies() -> None:
    machine = TAKEHOME.variant("slow", latencies={("alu", "*"): 5, ("load", "const"): 2})
    kernel = Kernel(machine, 0)
    zero, word = kernel.buffer("zero", 1, zero=True)[0], kernel.scalar("word")
    kernel.scalar_binary("*", word, zero, zero)
    kernel.scalar_binary("+", word, zero, zero)
    assert cycles_of(kernel.graph(), machine) == [0, 4]


def test_a_reader_waits_for_the_latency_of_what_it_reads() -> None:
    machine = TAKEHOME.variant("slow", latencies={("alu", "*"): 5})
    kernel = Kernel(machine, 0)
    zero, word, last = kernel.buffer("zero", 1, zero=True)[0], kernel.scalar("word"), kernel.scalar("last")
    kernel.scalar_binary("*", word, zero, zero)
    kernel.scalar_binary("+", last, word, zero)
    assert cycles_of(kernel.graph(), machine) == [0, 5]


def test_scratch_holds_back_what_would_not_fit() -> None:
    """Three independent pairs of ``load; add``, of two words each, in scratch for all or for one at a time."""
    kernel = Kernel(TAKEHOME, 0)
    for number in range(3):
        word = kernel.scalar(f"word {number}")
        kernel.operation("constant", [Implementation("load", (kernel.run("load", "const", (word, number)),))])
        kernel.scalar_binary("+", kernel.scalar(f"sum {number}"), word, word)
    policy = default_policy(TAKEHOME)
    roomy, tight = (schedule(prepare(kernel.graph()), policy, words) for words in (6, 2))
    assert roomy.length == 3
    assert tight.length > roomy.length


def test_lanes_that_each_read_what_the_other_writes_cannot_be_issued_one_by_one() -> None:
    """A swap in one operation: its two slots must share a bundle, which is said, not left to loop for ever."""
    kernel = Kernel(TAKEHOME, 0)
    pair, zero = kernel.buffer("pair", 2, zero=True), kernel.buffer("zero", 1, zero=True)
    operands = (Operand(pair.number, 0, 1), Operand(pair.number, 1, -1), zero[0])
    kernel.operation("swap", [Implementation("alu", (kernel.run("alu", "+", operands, 2),))])
    prepared = prepare(kernel.graph())
    assert has_lanes_that_must_share_a_bundle(prepared)
    with pytest.raises(ScheduleStuckError, match="nothing left to issue"):
        schedule(prepared, default_policy(TAKEHOME), 1536)
