"""The checker of certificates: it accepts what is proven, refuses what is not, and knows neither solver nor search."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from machine.certificates.certificate import (
    Certificate,
    CertificateError,
    Level,
    Lift,
    MultiplierCertificate,
    PathCertificate,
    PriceCertificate,
    Refutation,
    Wait,
)
from machine.certificates.checker import check_certificate
from machine.certificates.times import Times
from machine.graph.builder import Kernel
from machine.graph.operation import Graph, MemoryRange
from search.bounds.bound import Bound
from search.bounds.chains_and_work import lower_bound
from tests.machine.certificates.damage import damaged, damaged_lifts
from tests.search.cases import TAKEHOME, machines, random_prepared

SLOW = TAKEHOME.variant("slow", latencies={("alu", "+"): 3, ("load", "load"): 2}, slots={"load": 1})
CHECKER = Path(sys.modules["machine.certificates.checker"].__file__ or "").parent


def twice() -> Graph:
    """A word is loaded, doubled and stored, twice over."""
    kernel = Kernel(SLOW, 8)
    for address in range(2):
        word, at = kernel.scalar("word"), MemoryRange(address, address + 1)
        kernel.load(word, kernel.constant(address), at)
        kernel.scalar_binary("+", word, word, word)
        kernel.store(kernel.constant(address), word, at)
    return kernel.graph()


def numbers(graph: Graph, opcode: str) -> list[int]:
    """The operations of an opcode."""
    return [n for n, each in enumerate(graph.operations) if each.implementations[0].runs[0].opcode.name == opcode]


def refusal(graph: Graph, cycles: int, certificate: Certificate) -> str:
    with pytest.raises(CertificateError) as refused:
        check_certificate(graph, cycles, certificate)
    return str(refused.value)


# What it is


def test_it_is_small() -> None:
    files = [CHECKER / f"{name}.py" for name in ("checker", "lifting", "multipliers", "slots", "times")]
    assert {file.stem for file in CHECKER.glob("*.py")} == {file.stem for file in files} | {"__init__", "certificate"}
    assert sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files) < 550


def test_it_loads_neither_a_solver_nor_anything_that_searches() -> None:
    code = (
        "import sys, machine.certificates.checker\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'ortools', 'search', 'problems'}))\n"
        "print([name for name in sys.modules if name in ('machine.graph.flat', 'machine.graph.dependences')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]


# By hand: const (1 cycle), load (2), + (3), store (1)


def test_a_path_proves_the_sum_of_its_latencies() -> None:
    graph = twice()
    load, add, store = (numbers(graph, opcode)[0] for opcode in ("load", "+", "store"))
    times = Times(graph)
    assert [times.latest_head(each) for each in (load, add, store)] == [1, 3, 6]
    path = PathCertificate(((load, 1), (add, 3), (store, 6)))
    assert check_certificate(graph, 7, path) is Level.CHECKED
    assert refusal(graph, 8, path) == "it proves 7 cycles, not 8"


def test_prices_prove_what_the_work_between_head_and_tail_needs() -> None:
    graph = twice()
    # Two loads on one engine of a single slot, after a head of 1 and before a tail of 6.
    prices = PriceCertificate((("load", "1"),), 1, 6)
    assert check_certificate(graph, 8, prices) is Level.CHECKED
    assert refusal(graph, 9, prices) == "it proves 8 cycles, not 9"


@pytest.mark.parametrize(
    ("certificate", "said"),
    [
        (PriceCertificate((("gpu", "1"),), 1, 6), "no engine 'gpu'"),
        (PriceCertificate((("load", "0"),), 1, 6), "no work has a head of 1"),
        (PriceCertificate((("load", "1"), ("load", "1")), 1, 6), "two prices"),
        (PriceCertificate((("load", "1"),), 50, 6), "no work has a head of 50"),
        (PathCertificate(((99, 0),)), "no operation 99"),
        (PathCertificate(((0, 1),)), "operation 0 can issue in cycle 0, not from 1 on"),
        (Refutation("counts", "CP-SAT", 5), "refutes 5 cycles"),
    ],
)
def test_what_proves_nothing_is_refused_by_name(certificate: Certificate, said: str) -> None:
    assert said in refusal(twice(), 8, certificate)


def test_links_must_be_dependences_in_order() -> None:
    graph = twice()
    loads, stores = (numbers(graph, part) for part in ("load", "store"))
    assert "does not wait for" in refusal(graph, 7, PathCertificate(((loads[0], 1), (stores[1], 6))))
    add = numbers(graph, "+")[0]
    assert "and so issues after cycle 3" in refusal(graph, 7, PathCertificate(((add, 3), (stores[0], 3))))


def test_without_a_certificate_nothing_is_known() -> None:
    assert check_certificate(twice(), 10**6, None) is Level.UNCHECKED


# Lifted heads: eight loads by one slot, each lane doubled, all lanes stored at once


def crowded() -> Graph:
    """A gather on a machine of one load slot, and what is done with the vector."""
    kernel = Kernel(SLOW, 16)
    addresses, words = kernel.vector("addresses", zero=True), kernel.vector("words")
    kernel.gather(words, addresses, MemoryRange(0, 8))
    kernel.multiply_add(words, words, words, words)
    kernel.store_vector(kernel.zero(), words, MemoryRange(8, 16))
    return kernel.graph()


LIFT = Lift(1, 0, 0, 0, 2, (("load", "1"),))
LONG_PATH = PathCertificate(((0, 0), (1, 9), (2, 10)), (LIFT,))


def test_work_before_a_slot_lifts_its_head() -> None:
    # 8 loads by one slot, the last of which lands 2 cycles later, then one cycle each
    assert check_certificate(crowded(), 11, LONG_PATH) is Level.CHECKED
    assert refusal(crowded(), 12, LONG_PATH) == "it proves 11 cycles, not 12"
    assert "can issue in cycle 2, not from 9 on" in refusal(crowded(), 11, replace(LONG_PATH, lifts=()))


@pytest.mark.parametrize(
    "damage",
    [
        {"since": 1},
        {"before": 3},
        {"prices": (("load", "0"),)},
        {"prices": (("load", "1"), ("load", "1"))},
        {"prices": (("gpu", "1"),)},
        {"prices": (("load", "1"), ("flow", "1"))},
        {"operation": 0},
        {"implementation": 1},
        {"slot": 1},
        {"operation": 99},
    ],
)
def test_lifts_that_do_not_hold_are_refused(damage: dict[str, Any]) -> None:
    assert refusal(crowded(), 11, replace(LONG_PATH, lifts=(replace(LIFT, **damage),)))


# Multipliers: a load in each of two cycles by one slot, and all that follows waits for them


def two_loads() -> Graph:
    """Two words are loaded from known addresses, added, and the sum is stored."""
    kernel = Kernel(SLOW, 8)
    words = [kernel.scalar(f"word{number}") for number in range(2)]
    for address, word in enumerate(words):
        kernel.load(word, kernel.zero(), MemoryRange(address, address + 1))
    kernel.scalar_binary("+", words[0], *words)
    kernel.store(kernel.zero(), words[0], MemoryRange(4, 5))
    return kernel.graph()


# Load in cycles 0 and 1, land in 2 and 3; the sum is issued in cycle 3 and lands in 6; so 7 cycles, and not 6.  In 6, a
# load would have to issue in cycle 0, where there is one slot.
LOADS = MultiplierCertificate(6, (0, 0, 1, 2), (("load", (1, 0, 0, 0, 0, 0)),), ())


def test_multipliers_prove_that_there_is_no_schedule_of_a_length() -> None:
    assert check_certificate(two_loads(), 7, LOADS) is Level.CHECKED
    assert "refutes 6 cycles" in refusal(two_loads(), 8, LOADS)
    longer = replace(LOADS, length=7, prices=(("load", (1, 0, 0, 0, 0, 0, 0)),))
    assert "a schedule of 7 cycles could pay" in refusal(two_loads(), 8, longer)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ({"classes": (0, 0, 1)}, "does not give each operation a class"),
        ({"prices": (("gpu", (1, 0, 0, 0, 0, 0)),)}, "no engine 'gpu'"),
        ({"prices": (("load", (1, 0, 0)),)}, "prices of 3 cycles, not of 6"),
        ({"prices": 2 * (("load", (1, 0, 0, 0, 0, 0)),)}, "two rows of prices"),
        ({"prices": (("load", (0, 1, 0, 0, 0, 0)),)}, "could pay"),
        ({"prices": ()}, "could pay"),
        ({"waits": (Wait(1, 0, 0, (1, 2)),)}, "rises with time"),
        ({"waits": 2 * (Wait(1, 0, 0, (2, 1)),)}, "two waits"),
    ],
)
def test_multipliers_that_prove_nothing_are_refused(damage: dict[str, Any], said: str) -> None:
    assert said in refusal(two_loads(), 7, replace(LOADS, **damage))


# On random graphs and machines


@pytest.mark.parametrize("block", range(10))
def test_what_the_search_proves_is_accepted_and_nothing_more_nor_damaged(block: int) -> None:
    for seed in range(35 * block, 35 * (block + 1)):
        random = Random(seed)
        prepared = random_prepared(seed, machines()[seed % len(machines())])
        graph, bound = prepared.graph, lower_bound(prepared)
        assert bound.certificate is not None
        assert check_certificate(graph, bound.cycles, bound.certificate) is Level.CHECKED
        assert f"not {bound.cycles + 1}" in refusal(graph, bound.cycles + 1, bound.certificate)
        for _ in range(2):
            assert refusal(graph, bound.cycles, damaged(graph, bound, random))
        for changed in damaged_lifts(graph, bound, random).values():
            assert refusal(graph, bound.cycles, changed)


def test_each_damage_to_lifts_is_refused() -> None:
    graph = crowded()
    found = damaged_lifts(graph, Bound(11, "by hand", LONG_PATH), Random(0))
    assert len(found) == 9
    for certificate in found.values():
        assert refusal(graph, 11, certificate)


@pytest.mark.parametrize("seed", range(0, 350, 7))
def test_heads_and_tails_are_those_that_the_search_reckons(seed: int) -> None:
    prepared = random_prepared(seed, machines()[seed % len(machines())])
    spans = [span for of_operation in Times(prepared.graph).spans for slots in of_operation for span in slots]
    assert [span.head for span in spans] == prepared.chains.slot_heads.tolist()
    assert [span.tail for span in spans] == prepared.chains.slot_tails.tolist()


def test_certificates_of_other_graphs_do_not_hold() -> None:
    prepared = [random_prepared(seed) for seed in range(20)]
    bounds = [lower_bound(each) for each in prepared]
    refused = 0
    for bound in bounds:
        for other, proven in zip(prepared, bounds, strict=True):
            if proven.cycles < bound.cycles:
                refusal(other.graph, bound.cycles, bound.certificate)  # type: ignore[arg-type]
                refused += 1
    assert refused > 100
