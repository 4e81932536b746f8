"""Classes of alike things: an equitable partition, in which what is symmetric is alike."""

from collections import Counter

import pytest

from problems.loader import load_problem
from problems.problem import parse_shape
from search.alike import find_alike
from search.batch_run import build_prepared
from search.list_scheduler import PreparedGraph
from search.validation import Task
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
def test_the_partition_is_equitable(machine: object) -> None:
    """Members of a class have equally many neighbours in every class."""
    for seed in range(10):
        prepared = random_prepared(seed, machine)  # type: ignore[arg-type]
        flat, alike = prepared.flat, find_alike(prepared.flat, prepared.chains)
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
        readers: dict[int, Counter[int]] = {}
        for slot, version in zip(flat.read_slots.tolist(), flat.reads.tolist(), strict=True):
            readers.setdefault(version, Counter())[alike.slots[slot]] += 1
        of_class: dict[int, object] = {}
        for version, colour in enumerate(alike.versions):
            mine = sorted(readers.get(version, Counter()).items())
            assert of_class.setdefault(colour, mine) == mine
