"""Forms of a graph: another order, fewer implementations, and slots that can be told apart."""

from random import Random

import pytest

from machine.graph.builder import Kernel, Splat
from machine.graph.execute import execute
from machine.graph.flat import FlatGraph
from machine.model import Machine
from search.analysis.prepared_graph import prepare
from search.analysis.rearrangement import lean_implementations
from tests.machine.graph.graphs import random_choice, random_memory
from tests.search.cases import TAKEHOME, machines, needed_words, random_prepared


def kernel_with_a_splat() -> Kernel:
    """``sum <- vector + splat``, by one valu slot that reads a broadcast or by lanes that read the scalar."""
    kernel = Kernel(TAKEHOME, 0)
    scalar = kernel.buffer("scalar", 1, zero=True)[0]
    kernel.binary("+", kernel.vector("sum"), kernel.vector("vector", zero=True), Splat(scalar))
    return kernel


def kept_names(kernel: Kernel) -> list[list[str]]:
    graph = kernel.graph()
    kept = lean_implementations(graph)
    return [[o.implementations[k].name for k in ks] for o, ks in zip(graph.operations, kept, strict=True)]


def test_an_implementation_that_alone_touches_a_vector_is_not_lean() -> None:
    assert kept_names(kernel_with_a_splat()) == [["valu"], ["alu"]]


def test_implementations_that_touch_the_same_buffers_all_stay() -> None:
    kernel = Kernel(TAKEHOME, 0)
    zero = kernel.vector("zero", zero=True)
    kernel.binary("+", kernel.vector("sum"), zero, zero)
    assert kept_names(kernel) == [["valu", "alu"]]


def test_the_zero_that_a_constant_on_flow_reads_is_worth_an_engine() -> None:
    kernel = Kernel(TAKEHOME, 0)
    kernel.constant(7)
    assert kept_names(kernel) == [["load", "flow"]]


def test_of_implementations_that_touch_as_much_but_other_buffers_the_first_stays() -> None:
    kernel = Kernel(TAKEHOME, 0)
    bit, a, b, difference = (kernel.vector(name, zero=True) for name in ("bit", "a", "b", "difference"))
    d = kernel.vector("d")
    kernel.select(d, bit, a, b, [kernel.multiply_add_implementation(d, bit, difference, b)])
    assert kept_names(kernel) == [["flow"]]


def test_a_lean_graph_does_not_hold_the_broadcasts_that_it_does_not_read() -> None:
    """They are made last, when the value is no longer needed."""
    kernel = Kernel(TAKEHOME, 0)
    value, scalars = kernel.vector("value", zero=True), kernel.buffer("scalars", 3, zero=True)
    for _ in range(2):
        for number in range(3):
            kernel.binary("+", value, value, Splat(scalars[number]))
    prepared = prepare(kernel.graph())
    assert needed_words(prepared.thrifty.prepared) == 8 + 3 + 3 * 8
    assert needed_words(prepared.lean.prepared) == 8 + 3


def test_where_every_implementation_is_lean_there_is_one_form() -> None:
    kernel = Kernel(TAKEHOME, 0)
    kernel.constant(7)
    assert len(list(prepare(kernel.graph()).forms())) == 1
    assert len(list(prepare(kernel_with_a_splat().graph()).forms())) == 2


def accesses(flat: FlatGraph, slot: int, names: list[int]) -> list[tuple[bool, int, int]]:
    """Versions that a slot reads and writes, as (whether it writes, word, name of the operation that wrote it)."""
    reads = flat.reads[flat.read_starts[slot] : flat.read_starts[slot + 1]].tolist()
    writes = flat.writes[flat.write_starts[slot] : flat.write_starts[slot + 1]].tolist()
    found = []
    for is_write, versions in ((False, reads), (True, writes)):
        for version in versions:
            maker = int(flat.version_operations[version])
            found.append((is_write, int(flat.version_words[version]), names[maker] if maker >= 0 else -1))
    return found


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_a_slot_of_a_form_is_one_of_the_graph_and_reads_what_the_same_operations_wrote(machine: Machine) -> None:
    for seed in range(6):
        prepared = random_prepared(seed, machine)
        flat = prepared.flat
        for form in prepared.forms():
            made, slots = form.prepared.flat, form.slots
            assert len(set(slots.tolist())) == len(slots) == len(made.slot_opcodes)
            for name in ("slot_opcodes", "slot_operands", "slot_memory", "slot_engines", "slot_latencies"):
                assert (getattr(made, name) == getattr(flat, name)[slots]).all()
            firsts = slots[made.implementation_starts[made.operation_starts[:-1]]]
            names = flat.implementation_operations[flat.slot_implementations[firsts]].tolist()
            for slot, own in enumerate(slots.tolist()):
                assert accesses(made, slot, names) == accesses(flat, own, list(range(flat.operations)))


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_a_lean_graph_computes_the_same(machine: Machine) -> None:
    for seed in range(6):
        random, prepared = Random(seed), random_prepared(seed, machine)
        lean = prepared.lean.prepared.graph
        memory = random_memory(random)
        expected = execute(prepared.graph, memory, random_choice(random, prepared.graph))
        assert execute(lean, memory, random_choice(random, lean)) == expected
