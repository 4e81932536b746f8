"""Relations: who waits for what, and the scratch that a graph needs in order."""

import numpy as np
import pytest

from machine.graph.builder import Kernel
from machine.graph.flat import FlatGraph, flatten
from machine.model import Machine
from search.analysis.relations import Relations, find_relations
from tests.search.cases import TAKEHOME, machines, random_prepared


def related(kernel: Kernel) -> tuple[FlatGraph, Relations]:
    flat = flatten(kernel.graph())
    return flat, find_relations(flat)


def rewritten_word() -> Kernel:
    """``other <- word; third <- word; word <- other`` on a zero word: two readers, then a writer that replaces it."""
    kernel = Kernel(TAKEHOME, 0)
    word = kernel.buffer("word", 1, zero=True)[0]
    other, third = kernel.scalar("other"), kernel.scalar("third")
    kernel.scalar_binary("+", other, word, word)
    kernel.scalar_binary("-", third, word, word)
    kernel.scalar_binary("^", word, other, other)
    return kernel


def test_a_slot_waits_for_each_read_of_a_written_version_and_for_what_it_replaces() -> None:
    _, relations = related(rewritten_word())
    # the last reads ``other`` twice and waits once for all who still read the word; nobody wrote the zero
    assert relations.waits.tolist() == [0, 0, 3]


def test_a_version_that_is_replaced_counts_the_operations_that_read_it() -> None:
    _, relations = related(rewritten_word())
    assert relations.reader_counts.tolist() == [2, 0, 0, 0]
    assert relations.next_versions.tolist() == [3, -1, -1, -1]
    assert (relations.guard_starts.tolist(), relations.guards.tolist()) == ([0, 1, 2, 2], [0, 0])


def test_an_operation_that_replaces_what_it_reads_does_not_wait_for_itself() -> None:
    kernel = Kernel(TAKEHOME, 0)
    word = kernel.buffer("word", 1, zero=True)[0]
    kernel.scalar_binary("+", word, word, word)
    kernel.scalar_binary("+", word, word, word)
    _, relations = related(kernel)
    assert relations.reader_counts.tolist() == [0, 0, 0]
    assert relations.waits.tolist() == [0, 3]  # two reads, and the write it lands after


@pytest.mark.parametrize("seed", range(10))
def test_readers_and_writers_invert_reads_and_writes(seed: int) -> None:
    prepared = random_prepared(seed)
    flat, relations = prepared.flat, prepared.relations
    for version in range(len(flat.version_words)):
        readers = relations.readers[relations.reader_starts[version] : relations.reader_starts[version + 1]]
        writers = relations.writers[relations.writer_starts[version] : relations.writer_starts[version + 1]]
        slots = range(len(flat.slot_implementations))
        reads = [s for s in slots for v in flat.reads[flat.read_starts[s] : flat.read_starts[s + 1]] if v == version]
        writes = [
            s for s in slots for v in flat.writes[flat.write_starts[s] : flat.write_starts[s + 1]] if v == version
        ]
        assert (readers.tolist(), writers.tolist()) == (reads, writes)


def test_edges_of_a_slot_start_where_they_should() -> None:
    prepared = random_prepared(2)
    flat, starts = prepared.flat, prepared.relations.edge_starts
    for slot in range(len(flat.slot_implementations)):
        assert (flat.edges[starts[slot] : starts[slot + 1], 0] == slot).all()
    assert starts[-1] == len(flat.edges)


def test_buffers_know_their_operations_and_which_of_them_write() -> None:
    kernel = Kernel(TAKEHOME, 0)
    zero, unused = kernel.vector("zero", zero=True), kernel.vector("unused")
    total = kernel.vector("total")
    kernel.binary("+", total, zero, zero)
    kernel.binary("+", total, total, zero)
    _, relations = related(kernel)
    assert relations.buffer_starts.tolist() == [0, 2, 4]
    accesses = zip(relations.buffers.tolist(), relations.buffer_writes.tolist(), strict=True)
    first = dict(list(accesses)[:2])
    assert first == {zero.number: 0, total.number: 1}
    assert relations.buffer_counts.tolist() == [2, 0, 2]
    assert relations.first_operations[zero.number] == -1
    assert relations.first_operations[total.number] == 0
    assert relations.buffer_counts[unused.number] == 0


def test_peaks_are_the_most_words_live_from_an_operation_on() -> None:
    kernel = Kernel(TAKEHOME, 0)
    zero = kernel.buffer("zero", 2, zero=True)
    large, small = kernel.buffer("large", 30), kernel.buffer("small", 5)
    kernel.scalar_binary("+", large[0], zero[0], zero[0])
    kernel.scalar_binary("+", large[1], large[0], zero[0])
    kernel.scalar_binary("+", small[0], zero[0], zero[0])
    kernel.scalar_binary("+", small[1], small[0], small[0])
    _, relations = related(kernel)
    assert relations.peaks.tolist() == [32, 32, 7, 5]


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_peaks_agree_with_a_count_of_buffers_between_their_first_and_last_operation(machine: Machine) -> None:
    for seed in range(5):
        flat, relations = random_prepared(seed, machine).flat, random_prepared(seed, machine).relations
        uses: dict[int, list[int]] = {}
        for operation in range(flat.operations):
            for k in range(relations.buffer_starts[operation], relations.buffer_starts[operation + 1]):
                uses.setdefault(int(relations.buffers[k]), []).append(operation)
        spans = {b: (0 if flat.buffer_zero[b] else min(at), max(at)) for b, at in uses.items()}
        live = [
            sum(int(flat.buffer_words[b]) for b, (first, last) in spans.items() if first <= operation <= last)
            for operation in range(flat.operations)
        ]
        assert relations.peaks.tolist() == [max(live[operation:]) for operation in range(flat.operations)]


def test_an_empty_graph_has_empty_relations() -> None:
    _, relations = related(Kernel(TAKEHOME, 0))
    assert all(len(array) <= 1 for array in relations)
    assert np.all(relations.buffer_starts == 0)
