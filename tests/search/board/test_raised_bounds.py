"""A bound that is proven later is noted in every entry of the graph, and no entry that is stored again loses it."""

from dataclasses import replace
from pathlib import Path

import pytest

from machine.certificates.certificate import Refutation
from machine.errors import UserError
from search.board.entry import Mark
from search.board.known_bound import with_known_bound
from search.board.leaderboard import Put
from search.bounds.bound import Bound
from tests.search.board.cases import filled, scored
from tests.search.problems import DOUBLING, entry_of


def test_a_higher_bound_is_noted_in_every_entry_of_the_graph(tmp_path: Path) -> None:
    board, (entry, candidate) = filled(tmp_path), entry_of(DOUBLING)
    same = [replace(scored(DOUBLING, cycles), bound=Bound(bound, "a proof")) for cycles, bound in ((50, 9), (40, 10))]
    other = replace(
        scored(DOUBLING, 39),
        bound=Bound(8, "a proof"),
        hashes=replace(entry.hashes, graph="0" * 64),
        found="2027-01-01",
    )
    for each in (*same, other):
        assert board.add(each, candidate)
    proof = Bound(11, "a better proof")
    raised = board.raise_bound(same[0], proof)
    assert raised is not None
    assert raised == replace(same[0], bound=proof)
    assert board.entries() == [other, replace(same[1], bound=proof), raised]
    assert board.program(raised).digest == entry.hashes.program
    assert "**40** | 11" not in (tmp_path / "doubling-takehome.md").read_text()
    closed = board.raise_bound(raised, Bound(40, "closed"))
    assert closed is not None
    assert closed.bound.cycles == 40
    assert [each.bound.cycles for each in board.entries()] == [8, 40, 40]


def test_a_bound_that_is_no_higher_changes_nothing(tmp_path: Path) -> None:
    board, entry = filled(tmp_path, DOUBLING), entry_of(DOUBLING)[0]
    assert board.raise_bound(entry, Bound(entry.bound.cycles, "another proof")) == entry
    assert board.entries() == [entry]


def test_a_bound_above_a_schedule_of_the_graph_is_a_defect(tmp_path: Path) -> None:
    board, entry = filled(tmp_path, DOUBLING), entry_of(DOUBLING)[0]
    with pytest.raises(UserError, match=f"claims {entry.cycles} cycles for a graph whose bound is {entry.cycles + 1}"):
        board.raise_bound(entry, Bound(entry.cycles + 1, "no proof"))
    board.strike(entry, "its schedule is none")
    struck = board.raise_bound(entry, Bound(entry.cycles + 1, "a proof"))
    assert struck is not None
    assert struck.bound == entry.bound


def test_a_bound_of_an_entry_that_is_not_there_is_noted_in_the_others_of_its_graph(tmp_path: Path) -> None:
    board, candidate = filled(tmp_path), entry_of(DOUBLING)[1]
    gone, left = scored(DOUBLING, 50), replace(scored(DOUBLING, 40), bound=Bound(9, "a proof"))
    assert board.raise_bound(gone, Bound(10, "a better proof")) is None
    assert board.add(left, candidate)
    assert board.raise_bound(gone, Bound(10, "a better proof")) is None
    assert board.entries() == [replace(left, bound=Bound(10, "a better proof"))]


def test_an_entry_that_is_stored_again_keeps_the_bound_that_was_raised_meanwhile(tmp_path: Path) -> None:
    board, (entry, candidate) = filled(tmp_path), entry_of(DOUBLING)
    proof = Bound(entry.cycles, "exact", Refutation("exact", "CP-SAT", entry.cycles - 1))
    entry = replace(entry, bound=Bound(1, "hardly anything"))
    assert board.add(entry, candidate)
    raised = board.raise_bound(entry, proof)
    assert raised == replace(entry, bound=proof)
    assert board.put(entry, candidate, instead_of=[entry.id]) == Put(raised, True)
    assert board.entries() == [raised]


def test_what_is_known_of_another_graph_or_refuted_or_struck_is_not_taken_over(tmp_path: Path) -> None:
    entry = replace(entry_of(DOUBLING)[0], bound=Bound(1, "hardly anything"))
    known = replace(entry, bound=Bound(2, "a proof"))
    assert with_known_bound(entry, [known]) == known
    others = (
        replace(known, hashes=replace(entry.hashes, graph="0" * 64)),
        replace(known, bound=Bound(entry.cycles + 1, "refuted by the program")),
        replace(known, cycles=1),
        replace(known, struck=Mark("wrong", "2026")),
    )
    assert with_known_bound(entry, others) == entry


def test_a_shorter_program_of_a_graph_takes_over_what_is_known_of_it_with_its_proof(tmp_path: Path) -> None:
    board, candidate = filled(tmp_path), entry_of(DOUBLING)[1]
    proof = Bound(22, "exact", Refutation("exact", "CP-SAT", 21))
    assert board.add(replace(scored(DOUBLING, 25), bound=proof), candidate)
    shorter = replace(scored(DOUBLING, 23), bound=Bound(21, "work"))
    assert board.put(shorter, candidate) == Put(replace(shorter, bound=proof), True)
    assert board.best() == [replace(shorter, bound=proof)]
    refuting = replace(scored(DOUBLING, 21), bound=Bound(20, "work"))
    assert board.put(refuting, candidate) == Put(refuting, True)


def test_a_bound_outlives_the_entry_for_which_a_shorter_one_stands(tmp_path: Path) -> None:
    board, candidate = filled(tmp_path), entry_of(DOUBLING)[1]
    kept, shorter = (replace(scored(DOUBLING, cycles), bound=Bound(10, "work")) for cycles in (25, 23))
    assert board.add(kept, candidate)
    board.raise_bound(kept, Bound(22, "a proof"))
    assert board.add(shorter, candidate, instead_of=[kept.id])
    assert board.entries() == [replace(shorter, bound=Bound(22, "a proof"))]


@pytest.mark.parametrize(("cycles", "is_better"), [(39, True), (40, False), (45, False)])
def test_an_entry_that_comes_with_a_higher_bound_raises_that_of_the_others(
    tmp_path: Path, cycles: int, is_better: bool
) -> None:
    """Whether its program is kept or not: a bound is of the graph."""
    board, candidate = filled(tmp_path), entry_of(DOUBLING)[1]
    first, second = (replace(scored(DOUBLING, each), bound=Bound(9, "a proof")) for each in (50, 40))
    other = replace(scored(DOUBLING, 60), hashes=replace(first.hashes, graph="0" * 64))
    for each in (other, first, second):
        assert board.add(each, candidate)
    proof = Bound(12, "a better proof")
    coming = replace(scored(DOUBLING, cycles), id="doubling-new", bound=proof, found="2026-02-02")
    assert board.put(coming, candidate) == Put(coming, is_better, former_bound=9)
    raised = [replace(second, bound=proof), replace(first, bound=proof), other]
    assert board.entries() == [*([coming] if is_better else []), *raised]
    assert "| 12 |" in (tmp_path / "doubling-takehome.md").read_text()
    assert board.put(coming, candidate).former_bound is None


def test_a_bound_that_an_entry_refutes_is_not_noted_in_it_and_costs_no_result(tmp_path: Path) -> None:
    board, candidate = filled(tmp_path), entry_of(DOUBLING)[1]
    short, long = scored(DOUBLING, 40), replace(scored(DOUBLING, 50), bound=Bound(41, "no proof"))
    assert board.add(short, candidate)
    assert not board.put(long, candidate).is_best
    assert board.entries() == [short]
    board.strike(short, "its schedule is none")
    assert board.add(long, candidate)
