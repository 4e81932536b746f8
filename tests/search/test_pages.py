"""Pages: what a reader finds on them."""

from dataclasses import replace

from search.entry import Entry
from search.pages import render_index, render_problem
from tests.search.problems import DOUBLING, SMALL_TREE, entry_of, task_name


def headline() -> Entry:
    """The small tree's entry as if it were the headline task's."""
    return replace(entry_of(SMALL_TREE)[0], shape={"height": 10, "rounds": 16, "batch": 256}, cycles=1500)


def rows(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("|")][2:]


def test_the_index_has_a_row_for_each_problem_and_machine_with_the_best_of_its_largest_task() -> None:
    small, large = entry_of(SMALL_TREE)[0], headline()
    page = render_index(
        {("tree_hash", "takehome"): [small, large], ("doubling", "takehome"): [entry_of(DOUBLING)[0]]}, []
    )
    first, second = rows(page)
    assert first.startswith("| [doubling](doubling-takehome.md) | takehome | 1 | ")
    assert second.startswith("| [tree_hash](tree_hash-takehome.md) | takehome | 2 | height=10,rounds=16,batch=256 ")
    assert f"**1500** (bound {large.bound.cycles}) |" in second


def test_an_index_of_nothing_is_a_page_all_the_same() -> None:
    assert rows(render_index({}, [])) == []


def test_a_problems_page_has_a_row_and_a_section_for_each_entry() -> None:
    entries = [entry_of(SMALL_TREE)[0], headline()]
    page = render_problem("tree_hash", "takehome", entries)
    assert page.startswith("<!-- Written by slotsmith")
    assert "# tree_hash on takehome" in page
    for row, entry in zip(rows(page), entries, strict=True):
        score = f"| **{entry.cycles}** | {entry.bound.cycles} | {entry.gap:.1%} | [{entry.id}](#{entry.id}) |"
        assert row == f"| {entry.shape_text} | values {score}"
        assert page.count(f"## {entry.id}\n") >= 1


def test_a_section_says_how_an_entry_was_found_and_checked_and_how_to_reproduce_it() -> None:
    entry = entry_of(SMALL_TREE)[0]
    page = render_problem("tree_hash", "takehome", [entry])
    for text in (
        f"bound {entry.bound.cycles} of the graph as built ({entry.bound.argument})",
        "validated on 4 inputs (seed 20260101): legality, graph execution, batch simulator, interpreter",
        f"found {entry.found} by list search: 32 trials, 2 s on 2 workers, seed 7",
        f"unroll={entry.knobs['unroll']}",
        f"python {entry.versions['python']}",
        *(f"- {name} {digest}" for name, digest in vars_of(entry).items()),
        f"`slotsmith reproduce {entry.id}`",
    ):
        assert text in page


def vars_of(entry: Entry) -> dict[str, str]:
    hashes = entry.hashes
    return {"program": hashes.program, "graph": hashes.graph, "problem": hashes.problem, "machine": hashes.machine}


def test_a_problem_without_knobs_says_so() -> None:
    assert "- knobs: none" in render_problem("doubling", "takehome", [entry_of(DOUBLING)[0]])


def test_scores_known_elsewhere_stand_where_shape_and_machine_are_theirs() -> None:
    known = "- known elsewhere: scalar baseline 147,734"
    assert known in render_problem("tree_hash", "takehome", [headline()])
    assert "known elsewhere" not in render_problem("tree_hash", "takehome", [entry_of(SMALL_TREE)[0]])
    elsewhere = replace(headline(), machine={**headline().machine, "name": "other"})
    assert "known elsewhere" not in render_problem("tree_hash", "other", [elsewhere])


def test_an_entry_whose_problem_is_gone_still_has_its_section() -> None:
    gone = replace(entry_of(task_name("Choosy"))[0], problem="gone.py:Gone")
    assert f"## {gone.id}" in render_problem("choosy", "takehome", [gone])
