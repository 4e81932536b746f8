"""The relaxation without constant addresses: what it leaves out, what stays, and what becomes alike."""

import numpy as np
import pytest

from machine.graph.builder import Kernel
from machine.graph.flat import FlatGraph
from machine.graph.operation import MemoryRange
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.analysis.symmetry import find_alike
from search.bounds.free_addresses import free_addresses
from search.tasks.building import build_prepared
from search.tasks.task import resolve_task
from tests.search.cases import TAKEHOME, random_prepared


def names_by_read(prepared: PreparedGraph, flat: FlatGraph) -> set[tuple[str, str]]:
    """Operations that read from operations, by name."""
    owners = flat.implementation_operations[flat.slot_implementations]
    names = [operation.name for operation in prepared.graph.operations]
    readers, writers = owners[flat.read_slots], flat.version_operations[flat.reads]
    return {(names[reader], names[writer]) for reader, writer in zip(readers, writers, strict=True) if writer >= 0}


def test_a_load_waits_for_no_constant_and_a_constant_for_none_that_only_addresses_read() -> None:
    kernel = Kernel(TAKEHOME, 32)
    first, second, sums = kernel.scalar("first"), kernel.scalar("second"), kernel.scalar("sum")
    loaded, gathered = kernel.scalar("loaded"), kernel.scalar("gathered")
    kernel.load_constant(first, 3)
    kernel.scalar_binary("+", second, first, first)
    kernel.load(loaded, second, MemoryRange(0, 8))
    kernel.scalar_binary("^", sums, loaded, first)
    kernel.load(gathered, sums, MemoryRange(0, 8))
    kernel.store(first, gathered, MemoryRange(8, 16))
    prepared = prepare(kernel.graph())
    const, plus, load, xor, gather, store = (operation.name for operation in prepared.graph.operations)
    all_reads = names_by_read(prepared, prepared.flat)
    assert all_reads >= {(plus, const), (load, plus), (xor, load), (xor, const), (gather, xor), (store, const)}
    assert all_reads - names_by_read(prepared, free_addresses(prepared.flat)) == {
        (plus, const),
        (load, plus),
        (store, const),
    }


def test_it_leaves_out_reads_alone() -> None:
    for seed in range(10):
        flat = random_prepared(seed).flat
        freed = free_addresses(flat)
        for name, array in flat._asdict().items():
            if name not in ("reads", "read_starts"):
                assert np.array_equal(array, getattr(freed, name))
        for slot in range(len(flat.slot_engines)):
            before, after = (each.reads[each.read_starts[slot] : each.read_starts[slot + 1]] for each in (flat, freed))
            assert set(after.tolist()) <= set(before.tolist())


@pytest.mark.parametrize(("name", "few", "many"), [("saxpy", "n=64", "n=128"), ("xorshift", "generators=64", "")])
def test_the_iterations_of_a_loop_are_alike(name: str, few: str, many: str) -> None:
    def classes(shape: str, *, free: bool) -> int:
        task, _ = resolve_task(name, shape, None, "takehome")
        prepared = build_prepared(task, {})
        flat = free_addresses(prepared.flat) if free else prepared.flat
        return len(set(find_alike(flat, prepared.chains).slots))

    assert 3 * classes(few, free=True) < classes(few, free=False)
    if many:
        assert classes(many, free=True) <= classes(few, free=True) + 10 < classes(many, free=False)
