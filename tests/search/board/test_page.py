"""Which pages there are, what each shows, and their file names."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.board.entry import Entry, Mark, file_name_part
from search.board.page import Page, pages_of
from search.board.standing import PlacedEntry, Standing
from tests.search.problems import SMALL_TREE, entry_of


def entry(
    problem: str = "tree_hash",
    machine: str = "takehome",
    name: str = "tree_hash",
    cycles: int = 50,
    found: str = "2026",
) -> Entry:
    made = entry_of(SMALL_TREE)[0]
    named = replace(
        made, machine={**made.machine, "name": machine}, problem=problem, id=f"{name}-{cycles}x{found.replace('-', '')}"
    )
    return replace(named, cycles=cycles, found=found)


def pages(*entries: Entry) -> list[Page]:
    """The pages of entries that count."""
    return pages_of([PlacedEntry(entry, Standing.COUNTS) for entry in entries])


def stems(*entries: Entry) -> dict[tuple[str, str], str]:
    return {(page.problem, page.machine): page.stem for page in pages(*entries)}


def test_a_page_holds_every_entry_of_its_problem_and_machine_once() -> None:
    wrong = PlacedEntry(replace(entry(cycles=1), struck=Mark("no", "2026")), Standing.STRUCK, "no", "2026")
    old = PlacedEntry(entry(cycles=2), Standing.STALE, "it has changed")
    unbuilt = PlacedEntry(entry(cycles=3), Standing.OTHER_GRAPH, "it builds another", "2026")
    good, worse, other = (
        PlacedEntry(entry(machine=machine, cycles=cycles), Standing.COUNTS)
        for machine, cycles in (("takehome", 4), ("takehome", 5), ("other", 6))
    )
    first, second = pages_of([wrong, old, unbuilt, good, worse, other])
    assert (first.machine, second.machine) == ("other", "takehome")
    assert (first.best, first.superseded, first.stale, first.struck) == ((other.entry,), (), (), ())
    assert (second.best, second.superseded) == ((good.entry,), (worse.entry,))
    assert (second.stale, second.struck) == ((old, unbuilt), (wrong.entry,))


def test_pages_are_named_after_problem_and_machine() -> None:
    assert stems(entry(), entry(machine="one valu"), entry(machine="a/../b")) == {
        ("tree_hash", "takehome"): "tree_hash-takehome",
        ("tree_hash", "one valu"): "tree_hash-one-valu",
        ("tree_hash", "a/../b"): "tree_hash-a-..-b",
    }


def test_problems_of_one_name_have_a_page_each() -> None:
    mine, yours = (
        entry("mine.py:Twice", name="twice", found="2026-01"),
        entry("yours.py:Twice", name="twice", found="2026-02"),
    )
    named = stems(mine, yours)
    assert named["mine.py:Twice", "takehome"] == "twice-takehome"
    assert re.fullmatch("twice-takehome-[0-9a-f]{8}", named["yours.py:Twice", "takehome"])
    assert {page.title for page in pages(mine, yours)} == {"twice", "twice (yours.py:Twice)"}


def test_a_page_keeps_its_name_when_others_come() -> None:
    """The oldest keeps the plain name, whatever order entries are in."""
    first, second = (
        entry("b.py:Twice", name="twice", found="2026-01"),
        entry("a.py:Twice", name="twice", found="2026-02"),
    )
    alone = stems(first)
    assert alone.items() <= stems(first, second).items()
    assert stems(first, second) == stems(second, first)


def test_a_problem_that_comes_with_slotsmith_has_the_plain_name() -> None:
    older = entry("mine.py:Tree", found="2025")
    assert stems(older, entry())["tree_hash", "takehome"] == "tree_hash-takehome"
    assert stems(older)["mine.py:Tree", "takehome"] == "tree_hash-takehome"


@pytest.mark.parametrize(("one", "other"), [("a/b", "a b"), ("Wide", "wide"), ("a?", "a*")])
def test_machines_whose_names_are_alike_as_files_have_a_page_each(one: str, other: str) -> None:
    named = stems(entry(machine=one), entry(machine=other))
    assert len({stem.lower() for stem in named.values()}) == 2


@given(st.text(max_size=200))
def test_whatever_a_name_is_its_file_stays_in_the_folder(text: str) -> None:
    part = file_name_part(text)
    assert re.fullmatch(r"(?!\.)[A-Za-z0-9_.+-]{1,100}", part)
    assert file_name_part(part) == part


@pytest.mark.parametrize("name", ["tree_hash", "convolution_3x3", "takehome", "two-valu", "v1.5+"])
def test_names_that_are_safe_stay_as_they_are(name: str) -> None:
    assert file_name_part(name) == name
