"""Classes of alike things: an equitable partition, in which what is symmetric is alike."""

from collections import Counter
from random import Random

import pytest

from machine.graph.builder import Kernel
from machine.graph.operation import Graph, Implementation, Operand
from machine.model import Machine
from problems.loader import load_problem
from problems.problem import parse_shape
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.analysis.symmetry import Alike, find_alike
from search.tasks.building import build_prepared
from search.tasks.task import Task
from tests.search.cases import TAKEHOME, machines, random_prepared


def hashes(vectors: int) -> PreparedGraph:
    problem = load_problem("hash_vectors")
    task = Task(problem, parse_shape(problem, f"vectors={vectors}"), problem.categories[0], TAKEHOME)
    return build_prepared(task, {})


def test_more_of_the_same_gives_hardly_more_classes() -> None:
    classes = [len(set(find_alike(p.flat, p.chains).slots)) for p in (hashes(4), hashes(16))]
    assert classes[1] <= classes[0] + 4
    assert len(hashes(16).flat.slot_implementations) > 3 * len(hashes(4).flat.slot_implementations)


def test_the_vectors_of_a_hash_are_alike() -> None:
    prepared = hashes(8)
    alike = find_alike(prepared.flat, prepared.chains)
    stores = prepared.flat.slot_engines == [e.name for e in TAKEHOME.scored_engines].index("store")
    assert stores.sum() == 8
    # But for one, whose address is a constant that is read as another's, too.
    assert sorted(Counter(alike.slots[slot] for slot in stores.nonzero()[0]).values()) == [1, 7]


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_the_partition_is_equitable(machine: Machine) -> None:
    """Members of a class have equally many neighbours in every class."""
    for seed in range(10):
        prepared = random_prepared(seed, machine)
        assert_equitable(prepared, find_alike(prepared.flat, prepared.chains))


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_it_is_so_with_colours_and_no_class_has_two(machine: Machine) -> None:
    for seed in range(10):
        prepared = random_prepared(seed, machine)
        colours = [Random(seed + n).randint(-2, 2) for n in range(prepared.flat.operations)]
        alike = find_alike(prepared.flat, prepared.chains, colours)
        assert_equitable(prepared, alike)
        assert len(set(zip(alike.operations, colours, strict=True))) == len(set(alike.operations))


def test_one_colour_is_as_good_as_none() -> None:
    prepared = hashes(4)
    colours = [7] * prepared.flat.operations
    assert find_alike(prepared.flat, prepared.chains, colours) == find_alike(prepared.flat, prepared.chains)


def test_a_colour_tells_a_vector_from_the_others_and_leaves_its_lanes_alike() -> None:
    prepared = hashes(8)
    plain = find_alike(prepared.flat, prepared.chains)
    vload = [operation.name for operation in prepared.graph.operations].index("vload")
    alike = find_alike(prepared.flat, prepared.chains, [n == vload for n in range(prepared.flat.operations)])
    members = Counter(alike.operations)
    stream = prepared.flat.streams[vload]
    mine = [n for n in range(prepared.flat.operations) if prepared.flat.streams[n] == stream]
    assert sum(members[alike.operations[n]] == 1 for n in mine) > 8
    assert len(set(alike.slots)) < 2 * len(set(plain.slots))


def test_versions_of_which_not_as_many_reads_can_be_chosen_are_not_alike() -> None:
    """Slot by slot, the words of the crossed pair are read just like the others."""
    prepared = prepare(crossed_reads(TAKEHOME))
    versions = find_alike(prepared.flat, prepared.chains).versions
    straight, crossed = versions[1:3], versions[3:5]
    assert len(set(straight)) == len(set(crossed)) == 1
    assert straight[0] != crossed[0]


def crossed_reads(machine: Machine) -> Graph:
    """Two copies that read one word whatever is chosen, each its own, and two that read one of two, crosswise."""
    kernel = Kernel(machine, 0)
    words = [kernel.scalar(f"word {number}") for number in range(4)]
    zero = kernel.buffer("zero", 1, zero=True)[0]
    for word in words:
        kernel.operation("constant", [constant(kernel, word)])
    a, b, c, d = words
    for first, second in ((a, a), (b, b), (c, d), (d, c)):
        copy = kernel.scalar("copy")
        alu = Implementation("alu", (kernel.run("alu", "+", (copy, first, zero)),))
        flow = Implementation("flow", (kernel.run("flow", "add_imm", (copy, second, 0)),))
        kernel.operation("copy", [alu, flow, constant(kernel, copy)])
    return kernel.graph()


def constant(kernel: Kernel, word: Operand) -> Implementation:
    return Implementation("load", (kernel.run("load", "const", (word, 7)),))


def assert_equitable(prepared: PreparedGraph, alike: Alike) -> None:
    flat = prepared.flat
    reads = [
        Counter(alike.versions[v] for v in flat.reads[a:b])
        for a, b in zip(flat.read_starts[:-1], flat.read_starts[1:], strict=True)
    ]
    writes = [
        Counter(alike.versions[v] for v in flat.writes[a:b])
        for a, b in zip(flat.write_starts[:-1], flat.write_starts[1:], strict=True)
    ]
    seen: dict[int, object] = {}
    for slot, colour in enumerate(alike.slots):
        made = int(flat.slot_implementations[slot])
        shape = (
            int(flat.slot_engines[slot]),
            int(flat.slot_latencies[slot]),
            sorted(reads[slot].items()),
            sorted(writes[slot].items()),
            alike.implementations[made],
            alike.operations[int(flat.implementation_operations[made])],
        )
        assert seen.setdefault(colour, shape) == shape
    readers: dict[int, Counter[tuple[int, int]]] = {}
    for slot, version in zip(flat.read_slots.tolist(), flat.reads.tolist(), strict=True):
        operation = int(flat.implementation_operations[flat.slot_implementations[slot]])
        readers.setdefault(version, Counter())[operation, alike.slots[slot]] += 1
    of_class: dict[int, object] = {}
    for version, colour in enumerate(alike.versions):
        mine: dict[int, list[tuple[int, int]]] = {}
        for (operation, reader), times in sorted(readers.get(version, Counter()).items()):
            mine.setdefault(operation, []).append((reader, times))
        shape_of = sorted(sorted(each) for each in mine.values())
        assert of_class.setdefault(colour, shape_of) == shape_of
