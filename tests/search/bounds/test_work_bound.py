"""Bounds: never above the optimum, which is found here by trying everything, and equal to it in simple cases."""

import json
from itertools import product
from random import Random

import pytest

from machine.certificates.certificate import (
    Level,
    PriceCertificate,
    certificate_from_json,
    certificate_to_json,
    fraction,
)
from machine.certificates.checker import check_certificate
from machine.graph.builder import Kernel
from machine.graph.dependences import EdgeKind
from machine.graph.flat import FlatGraph
from machine.graph.operation import Graph, Implementation, MemoryRange, Operand
from machine.model import Machine, machine_from_data
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.bounds.chains_and_work import lower_bound
from search.bounds.work_bound import best_work_bound
from search.scheduling.list_scheduler import schedule
from search.scheduling.policy import default_policy
from tests.machine.graph.graphs import constraints
from tests.search.cases import TAKEHOME, machines, random_policies, random_prepared

ONE_SLOT = {"alu": 1, "valu": 1, "load": 1, "store": 1, "flow": 1}
TINY = (
    TAKEHOME.variant("tiny", vector_length=2, slots=ONE_SLOT),
    TAKEHOME.variant("tiny two lanes", vector_length=2, slots={**ONE_SLOT, "alu": 2}),
    TAKEHOME.variant(
        "tiny slow",
        vector_length=2,
        slots=ONE_SLOT,
        latencies={("valu", "+"): 2, ("alu", "+"): 3, ("load", "const"): 2, ("load", "load"): 3, ("store", "store"): 2},
    ),
)


def optimum(prepared: PreparedGraph) -> int:
    """The length of the shortest schedule, scratch apart."""
    graph = prepared.graph
    choices = list(product(*(range(len(operation.implementations)) for operation in graph.operations)))
    length = 0
    while not any(_fits(prepared.flat, graph.machine, list(choice), length) for choice in choices):
        length += 1
    return length


def _fits(flat: FlatGraph, machine: Machine, choice: list[int], length: int) -> bool:
    """Whether these implementations can be issued such that all has landed by ``length``: every way is tried."""
    slots, pairs = constraints(flat, choice)
    before: dict[int, list[tuple[int, int]]] = {slot: [] for slot in slots}
    after: dict[int, list[tuple[int, int]]] = {slot: [] for slot in slots}
    for a, b, issued_apart, kind in pairs:
        distance = issued_apart
        if kind == EdgeKind.WRITE_AFTER_WRITE and flat.slot_engines[a] != flat.slot_engines[b]:
            distance = min(distance, int(flat.slot_latencies[a] - flat.slot_latencies[b]))  # engines may be reordered
        before[b].append((a, distance))
        after[a].append((b, distance))
    free = {
        (int(engine), cycle): machine.scored_engines[engine].slots
        for engine in set(flat.slot_engines[slots].tolist())
        for cycle in range(length)
    }
    cycles: dict[int, int] = {}

    def place(number: int) -> bool:
        if number == len(slots):
            return True
        slot = slots[number]
        engine = int(flat.slot_engines[slot])
        first = max((cycles[a] + d for a, d in before[slot] if a in cycles), default=0)
        last = min((cycles[b] - d for b, d in after[slot] if b in cycles), default=length)
        for cycle in range(max(0, first), min(last, length - int(flat.slot_latencies[slot])) + 1):
            if free[engine, cycle]:
                free[engine, cycle] -= 1
                cycles[slot] = cycle
                if place(number + 1):
                    return True
                del cycles[slot]
                free[engine, cycle] += 1
        return False

    return place(0)


def tiny_graph(seed: int, machine: Machine) -> Graph:
    """Three to six operations over a few words, of many kinds."""
    random = Random(seed)
    kernel = Kernel(machine, 8)
    zero = kernel.vector("zero", zero=True)
    vectors, words = [zero], [zero[0]]
    for number in range(random.randint(2, 4)):
        kind = random.choice(("vector", "vector", "scalar", "constant", "load", "store", "select", "again"))
        if kind in ("vector", "again"):
            d = random.choice(vectors) if kind == "again" else kernel.vector(f"v{number}")
            kernel.binary("+", d, random.choice(vectors), random.choice(vectors))
            if kind == "vector":
                vectors.append(d)
                words.append(d[1])
        elif kind == "select":
            d, a = kernel.vector(f"s{number}"), random.choice(vectors)
            whole = kernel.multiply_add_implementation(d, a, a, random.choice(vectors))
            kernel.select(d, a, a, random.choice(vectors), [whole])
            vectors.append(d)
        elif kind == "store":
            start = random.randint(0, 4)
            kernel.store(random.choice(words), random.choice(words), MemoryRange(start, start + 4))
        else:
            word = kernel.scalar(f"w{number}")
            if kind == "scalar":
                kernel.scalar_binary("+", word, random.choice(words), random.choice(words))
            elif kind == "constant":
                kernel.load_constant(word, number)
            else:
                start = random.randint(0, 4)
                kernel.load(word, random.choice(words), MemoryRange(start, start + 4))
            words.append(word)
    return kernel.graph()


@pytest.mark.parametrize("machine", TINY, ids=lambda machine: machine.name)
def test_the_bound_is_never_above_the_optimum_and_often_equal(machine: Machine) -> None:
    exact = 0
    for seed in range(150):
        prepared = prepare(tiny_graph(seed, machine))
        best, bound = optimum(prepared), lower_bound(prepared).cycles
        assert bound <= best, seed
        for policy in random_policies(Random(seed), machine, 3):
            assert schedule(prepared, policy, machine.scratch_words).length >= best, seed
        exact += bound == best
    assert exact > 75


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_no_schedule_of_a_larger_graph_is_below_the_bound(machine: Machine) -> None:
    for seed in range(4):
        prepared = random_prepared(seed, machine, 60)
        bound = lower_bound(prepared)
        assert bound.cycles >= prepared.chains.critical_path
        for policy in random_policies(Random(seed), machine, 8):
            assert schedule(prepared, policy, machine.scratch_words).length >= bound.cycles


def constants(kernel: Kernel, count: int) -> list[Operand]:
    """``count`` words loaded by the load engine alone."""
    words = [kernel.scalar(f"c{number}") for number in range(count)]
    for number, word in enumerate(words):
        kernel.operation("constant", [Implementation("load", (kernel.run("load", "const", (word, number)),))])
    return words


def test_independent_operations_are_bound_by_their_count_over_the_slots() -> None:
    kernel = Kernel(TAKEHOME, 0)
    constants(kernel, 9)
    bound = lower_bound(prepare(kernel.graph()))
    assert bound.cycles == 5
    assert bound.argument == "work on load of 9 operations: 4.50 cycles"


def test_work_between_a_head_and_a_tail_counts_both() -> None:
    """A constant, then 7 loads that depend on it, two a cycle, then a chain of two from each of them."""
    kernel = Kernel(TAKEHOME, 8)
    (address,) = constants(kernel, 1)
    for number in range(7):
        word, total = kernel.scalar(f"w{number}"), kernel.scalar(f"t{number}")
        kernel.load(word, address, MemoryRange(0, 8))
        kernel.scalar_binary("+", total, word, word)
    prepared = prepare(kernel.graph())
    bound = lower_bound(prepared)
    assert bound.cycles == 1 + 4 + 1 == schedule(prepared, default_policy(TAKEHOME), 1536).length
    assert bound.argument.endswith("after a head of 1 and before a tail of 2")


def test_a_chain_is_bound_by_its_latencies() -> None:
    machine = TAKEHOME.variant("slow", latencies={("alu", "*"): 4})
    kernel = Kernel(machine, 0)
    zero, word = kernel.buffer("zero", 1, zero=True)[0], kernel.scalar("word")
    kernel.scalar_binary("*", word, zero, zero)
    for _ in range(4):
        kernel.scalar_binary("*", word, word, word)
    bound = lower_bound(prepare(kernel.graph()))
    assert (bound.cycles, bound.argument) == (20, "critical path")


def test_operations_that_may_choose_are_bound_over_all_engines_they_may_choose() -> None:
    """36 vector sums: 6 a cycle on valu, and 12 lanes a cycle are a sum and a half: 36 / 7.5 is 4.8."""
    kernel = Kernel(TAKEHOME, 0)
    zero = kernel.vector("zero", zero=True)
    for number in range(36):
        kernel.binary("+", kernel.vector(f"s{number}"), zero, zero)
    bound = lower_bound(prepare(kernel.graph()))
    assert bound.cycles == 5
    assert bound.argument == "work on alu and valu of 36 operations: 4.80 cycles"


def test_a_bound_that_no_engine_alone_gives() -> None:
    """7 operations for load or flow and 2 for flow alone, 2 and 1 slots a cycle: 9 slots over 3."""
    kernel = Kernel(TAKEHOME, 0)
    zero = kernel.buffer("zero", 1, zero=True)[0]
    for number in range(7):
        kernel.load_constant(kernel.scalar(f"c{number}"), number)
    for number in range(3):
        run = kernel.run("flow", "add_imm", (kernel.scalar(f"f{number}"), zero, number))
        kernel.operation("flow", [Implementation("flow", (run,))])
    bound = lower_bound(prepare(kernel.graph()))
    assert bound.cycles == 4


def graph_of_many_engines(seed: int) -> Graph:
    """Eight operations of three implementations, each of which splits its slots over eight engines in its own way."""
    random = Random(seed)
    slots = (1, 2, 3, 5, 7, 11, 13, 3)
    engines = {f"e{number}": {"slots": count, "opcodes": ["+"]} for number, count in enumerate(slots)}
    data = {"name": "eight", "vector_length": 8, "scratch_words": 4096}
    memory = {"slots": 1, "opcodes": ["const", "load", "store"]}
    kernel = Kernel(machine_from_data({**data, "engines": {"m": memory, **engines}}, "eight"), 1)
    zero = kernel.buffer("zero", 1, zero=True)[0]
    for number in range(8):
        words = random.randrange(2, 40)
        buffer, ways = kernel.buffer(f"b{number}", words), []
        for _ in range(3):
            runs, done = [], 0
            while done < words:
                count = random.randrange(1, words - done + 1)
                into = Operand(buffer.number, done, 1)
                runs.append(kernel.run(f"e{random.randrange(8)}", "+", (into, zero, zero), count))
                done += count
            ways.append(Implementation("way", tuple(runs)))
        kernel.operation("sums", ways)
    return kernel.graph()


@pytest.mark.parametrize("seed", [5, 9, 13])
def test_prices_whose_integers_are_too_large_for_arrays_prove_a_bound_too(seed: int) -> None:
    """The least common denominator of eight prices is beyond 64 bits: the certificate has those that were used."""
    graph = graph_of_many_engines(seed)
    work = best_work_bound(prepare(graph))
    assert work is not None
    assert work.bound.certificate is not None
    certificate = certificate_from_json(json.loads(json.dumps(certificate_to_json(work.bound.certificate))))
    assert isinstance(certificate, PriceCertificate)
    assert [fraction(price) for _, price in certificate.prices] == [price for price in work.prices if price > 0]
    assert check_certificate(graph, work.bound.cycles, certificate) is Level.CHECKED
    assert lower_bound(prepare(graph)).cycles >= work.bound.cycles


def test_an_empty_graph_is_bound_by_nothing() -> None:
    assert lower_bound(prepare(Kernel(TAKEHOME, 0).graph())).cycles == 0
