"""Entries compete with those for the same sources of their problem and the same machine alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from problems.tree_hash import TreeHash
from search.board.entry import Entry
from tests.search.board.cases import filled
from tests.search.cases import TAKEHOME
from tests.search.problems import DOUBLING, SMALL_TREE, entry_of


def for_sources(entry: Entry, digest: str) -> Entry:
    """The entry as one for other sources of its problem."""
    return replace(entry, id=f"{entry.id}-{digest}", hashes=replace(entry.hashes, problem=digest))


def test_an_entry_competes_with_those_for_the_same_sources_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, (entry, candidate) = filled(tmp_path, SMALL_TREE), entry_of(SMALL_TREE)
    longer = replace(for_sources(entry, "ed" * 32), cycles=entry.cycles + 10)
    monkeypatch.setattr(TreeHash, "digest", lambda self: "ed" * 32)
    assert board.rivals(longer) == []
    assert board.add(longer, candidate)
    assert board.best() == [longer]
    assert [each.entry for each in board.placed() if not each.counts] == [entry]
    assert board.rivals(longer) == [longer]
    assert not board.add(replace(longer, id="tree_hash-longer", cycles=longer.cycles + 1), candidate)


def test_an_entry_for_sources_that_were_edited_while_it_was_found_is_stored_and_not_the_best(tmp_path: Path) -> None:
    board, (entry, candidate) = filled(tmp_path, SMALL_TREE), entry_of(SMALL_TREE)
    shorter = replace(for_sources(entry, "be" * 32), cycles=1)
    assert not board.add(shorter, candidate)
    assert board.best() == [entry]
    assert shorter in board.entries()


def test_the_best_for_a_task_is_for_its_machine_and_not_for_another_of_that_name(tmp_path: Path) -> None:
    whole = replace(DOUBLING, shape="words=4,spare=2")
    first, second = (replace(whole, machine=TAKEHOME.variant("mine", slots={"load": count})) for count in (1, 3))
    board = filled(tmp_path, first)
    assert (board.best_for(first), board.best_for(second)) == (entry_of(first)[0], None)
    later = replace(entry_of(second)[0], found="2027-01-01")
    assert board.add(later, entry_of(second)[1])
    assert (board.best_for(first), board.best_for(second)) == (None, later)


def test_a_machine_that_is_searched_again_is_todays_though_the_result_is_not_the_best(tmp_path: Path) -> None:
    """Edited and edited back: what was best for it then is best again."""
    first, second = (replace(DOUBLING, machine=TAKEHOME.variant("mine", slots={"load": count})) for count in (1, 3))
    board, (entry, candidate) = filled(tmp_path, first), entry_of(first)
    assert board.add(replace(entry_of(second)[0], found="2027-01-01"), entry_of(second)[1])
    longer = replace(entry, id="doubling-longer", cycles=entry.cycles + 1, found="2028-01-01")
    assert not board.add(longer, candidate)
    assert board.best() == [entry]


def test_a_check_is_noted_once(tmp_path: Path) -> None:
    board, entry = filled(tmp_path, DOUBLING), entry_of(DOUBLING)[0]
    unbuilt = board.note_other_graph(entry, "it is")
    assert unbuilt is not None
    assert unbuilt.other_graph is not None
    assert (board.best(), board.note_other_graph(unbuilt, "it is")) == ([], unbuilt)
    assert board.note_checked(entry, "digest") is None
    checked = board.note_checked(unbuilt, entry.hashes.problem)
    assert checked is not None
    assert checked.checked is not None
    assert (checked.checked.problem, checked.other_graph) == (entry.hashes.problem, None)
    assert board.best() == [checked]
    assert board.note_checked(checked, entry.hashes.problem) == checked
