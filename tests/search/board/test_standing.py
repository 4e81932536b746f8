"""Whether an entry counts: names stand for what they did when it was found, or they do not."""

from dataclasses import replace
from pathlib import Path

import pytest

from machine.model import load_machine
from problems.tree_hash import TreeHash
from search.board.entry import Checked, Entry, Mark
from search.board.standing import Digests, PlacedEntry, Standing, best_of, digests_today, placed
from tests.search.cases import TAKEHOME
from tests.search.problems import DOUBLING, EXAMPLE, SMALL_TREE, entry_of

TREE, TWICE = entry_of(SMALL_TREE)[0], entry_of(DOUBLING)[0]
TODAY = Digests({"tree_hash": TREE.hashes.problem, EXAMPLE: TWICE.hashes.problem}, {"takehome": TAKEHOME.digest})
MARK = Mark("because", "2026-05-06")


def place(entry: Entry, today: Digests = TODAY) -> PlacedEntry:
    (found,) = placed([entry], today)
    return found


def elsewhere(slots: int, found: str, entry: Entry = TREE) -> Entry:
    """The entry as one for a machine of a user's, found at some time."""
    machine = TAKEHOME.variant("mine", slots={"load": slots})
    hashes = replace(entry.hashes, machine=machine.digest)
    return replace(entry, id=f"{entry.id}{slots}", machine={"name": "mine"}, hashes=hashes, found=found)


# By digests


def test_an_entry_counts_while_its_names_stand_for_what_they_did() -> None:
    assert placed([TREE, TWICE], TODAY) == [PlacedEntry(each, Standing.COUNTS) for each in (TREE, TWICE)]


@pytest.mark.parametrize(
    ("today", "reason"),
    [
        (replace(TODAY, problems={"tree_hash": "another"}), "the problem's sources have changed"),
        (replace(TODAY, problems={"tree_hash": None}), "the problem tree_hash is not there"),
        (replace(TODAY, machines={"takehome": "another"}), "the machine takehome is another today"),
    ],
)
def test_an_entry_is_stale_when_a_name_stands_for_something_else(today: Digests, reason: str) -> None:
    assert place(TREE, today) == PlacedEntry(TREE, Standing.STALE, reason)
    assert place(TREE, today).statement == f"entry {TREE.id} is stale: {reason}"


def test_a_check_against_todays_sources_makes_an_entry_count() -> None:
    today = replace(TODAY, problems={"tree_hash": "edited"})
    assert place(replace(TREE, checked=Checked("edited", "0.1", "2026")), today).counts
    assert not place(replace(TREE, checked=Checked("edited once more", "0.1", "2026")), today).counts


def test_what_a_check_has_found_goes_before_what_digests_say() -> None:
    stale = replace(TODAY, problems={})
    unbuilt, wrong = replace(TREE, other_graph=MARK), replace(TREE, other_graph=MARK, struck=MARK)
    for today in (TODAY, stale):
        assert place(unbuilt, today) == PlacedEntry(unbuilt, Standing.OTHER_GRAPH, "because", "2026-05-06")
        assert place(wrong, today) == PlacedEntry(wrong, Standing.STRUCK, "because", "2026-05-06")
    assert place(wrong).statement == f"entry {TREE.id} is struck since 2026-05-06: because"


def test_the_best_of_a_task_is_the_first_that_counts() -> None:
    first, second = replace(TREE, id="a", cycles=1), replace(TREE, id="b", cycles=2)
    entries = placed([replace(first, struck=MARK), second, TREE, TWICE], TODAY)
    assert best_of(entries) == [second, TWICE]
    assert best_of(placed([first, TWICE], replace(TODAY, problems={}))) == []


# Today


def test_names_of_what_comes_with_slotsmith_stand_for_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    today = digests_today([TREE, elsewhere(1, "2026-01-01")])
    assert today.problems == {"tree_hash": TREE.hashes.problem}
    assert today.machines["takehome"] == load_machine("takehome").digest
    monkeypatch.setattr(TreeHash, "digest", lambda self: "upgraded")
    assert place(TREE, digests_today([TREE])).reason == "the problem's sources have changed"


def test_a_machine_that_comes_with_slotsmith_is_not_what_an_entry_says() -> None:
    hashes = replace(TREE.hashes, machine="0" * 64)
    assert digests_today([replace(TREE, hashes=hashes)]).machines["takehome"] == TAKEHOME.digest


def test_any_other_machine_is_that_of_the_newest_entry_of_its_name_for_whatever_problem() -> None:
    old, new, wrong = (
        elsewhere(1, "2026-01-01"),
        elsewhere(3, "2026-02-02", TWICE),
        replace(elsewhere(4, "2026-03-03"), struck=MARK),
    )
    for entries in ([old, new, wrong], [wrong, new, old]):
        today = digests_today(entries)
        assert today.machines["mine"] == new.hashes.machine
        assert {each.entry.id: each.standing for each in placed(entries, today)} == {
            old.id: Standing.STALE,
            new.id: Standing.COUNTS,
            wrong.id: Standing.STRUCK,
        }


def test_a_problem_in_a_file_is_what_the_file_holds_and_is_not_run(tmp_path: Path) -> None:
    file, name = tmp_path / "mine.py", f"{tmp_path / 'mine.py'}:Mine"
    entry = replace(TWICE, problem=name)
    assert digests_today([entry]).problems == {name: None}
    file.write_text("raise AssertionError('this was run')\n")
    first = digests_today([entry]).problems[name]
    file.write_text("raise AssertionError('this was run too')\n")
    assert first != digests_today([entry]).problems[name] is not None
