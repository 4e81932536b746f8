"""Pages: what a reader finds on them."""

from dataclasses import replace

from search.board.entry import Checked, Entry, Mark
from search.board.page import Page, pages_of
from search.board.page_markdown import render_index, render_problem
from search.board.standing import PlacedEntry, Standing
from tests.search.problems import DOUBLING, SMALL_TREE, entry_of, task_name


def headline() -> Entry:
    """The small tree's entry as if it were the headline task's."""
    return replace(entry_of(SMALL_TREE)[0], shape={"height": 10, "rounds": 16, "batch": 256}, cycles=1500)


def pages(*entries: Entry) -> list[Page]:
    """The pages of entries that are struck or count."""
    return pages_of([PlacedEntry(e, Standing.STRUCK if e.struck else Standing.COUNTS) for e in entries])


def page_of(*entries: Entry) -> Page:
    """The one page of entries of one problem and machine, the best of each task first."""
    (page,) = pages(*entries)
    return page


def rows(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("|")][2:]


def test_the_index_has_a_row_for_each_problem_and_machine_with_the_best_of_its_largest_task() -> None:
    small, large = entry_of(SMALL_TREE)[0], headline()
    page = render_index(pages(small, large, entry_of(DOUBLING)[0]), [])
    first, second = rows(page)
    assert first.startswith("| [doubling](doubling-takehome.md) | takehome | 1 | ")
    assert second.startswith("| [tree_hash](tree_hash-takehome.md) | takehome | 2 | height=10,rounds=16,batch=256 ")
    assert f"**1500** (bound {large.bound.cycles}) |" in second


def test_an_index_of_nothing_is_a_page_all_the_same() -> None:
    assert rows(render_index([], [])) == []


def test_a_problems_page_has_a_row_and_a_section_for_each_entry() -> None:
    entries = [entry_of(SMALL_TREE)[0], headline()]
    page = render_problem(page_of(*entries))
    assert page.startswith("<!-- Written by slotsmith")
    assert "# tree_hash on takehome" in page
    for row, entry in zip(rows(page), entries, strict=True):
        score = f"| **{entry.cycles}** | {entry.bound.cycles} | checked | {entry.gap:.1%} | [{entry.id}](#{entry.id}) |"
        assert row == f"| {entry.shape_text} | values {score}"
        assert page.count(f"## {entry.id}\n") >= 1


def test_a_section_says_how_an_entry_was_found_and_checked_and_how_to_reproduce_it() -> None:
    entry = entry_of(SMALL_TREE)[0]
    page = render_problem(page_of(entry))
    for text in (
        f"bound {entry.bound.cycles} of the graph as built ({entry.bound.argument}; checked), gap {entry.gap:.1%}",
        "validated on 4 inputs (seed 20260101): legality, graph execution, batch simulator, interpreter",
        f"found {entry.found} by list search: 32 schedules, 2 s on 2 workers (0.001 core-hours), seed 7",
        f"unroll={entry.knobs['unroll']}",
        "- policy: order=20, stream=1, tail=0.1, noise=0, steps=[0 0 0 0 0], alternatives=[0 2 0 0 0], engine_order=[",
        f"python {entry.versions['python']}",
        *(f"- {name} {digest}" for name, digest in vars_of(entry).items()),
        f"[program](entries/{entry.id}.program.json.gz), [decision](entries/{entry.id}.decision.json.gz)",
        f"`slotsmith reproduce {entry.id}`\n",
    ):
        assert text in page


def vars_of(entry: Entry) -> dict[str, str]:
    hashes = entry.hashes
    return {"program": hashes.program, "graph": hashes.graph, "problem": hashes.problem, "machine": hashes.machine}


def test_a_problem_without_knobs_says_so() -> None:
    assert "- knobs: none" in render_problem(page_of(entry_of(DOUBLING)[0]))


def test_an_entry_that_no_policy_led_to_says_so() -> None:
    assert "- policy: none" in render_problem(page_of(replace(entry_of(DOUBLING)[0], policy=None)))


def test_where_the_search_can_be_repeated_the_command_is_shown() -> None:
    entry = entry_of(SMALL_TREE)[0]
    counted = replace(entry, effort=replace(entry.effort, repeat={"kind": "search"}))
    assert f"`slotsmith reproduce {entry.id}` (`--search` repeats the search)" in render_problem(page_of(counted))


def test_scores_known_elsewhere_stand_beside_ours_worst_first() -> None:
    page = render_problem(page_of(headline()))
    assert "- known elsewhere: scalar baseline 147,734; published model result, casual 1,790; " in page
    assert "; best with public code 923; best claim 869\n" in page
    assert "known elsewhere" not in render_problem(page_of(entry_of(SMALL_TREE)[0]))


def test_an_entry_whose_problem_is_gone_still_has_its_section() -> None:
    gone = replace(entry_of(task_name("Choosy"))[0], problem="gone.py:Gone")
    assert f"## {gone.id}" in render_problem(page_of(gone))


# What no longer counts


def test_what_was_beaten_has_a_row_and_no_section() -> None:
    best = entry_of(SMALL_TREE)[0]
    beaten = replace(best, id="tree_hash-beaten", cycles=best.cycles + 7)
    page = render_problem(page_of(best, beaten))
    superseded = page.partition("## Superseded")[2]
    assert f"| {best.shape_text} | values | {best.cycles + 7} | {best.found} | tree_hash-beaten |" in superseded
    assert "## tree_hash-beaten" not in page


def test_what_was_struck_has_a_row_with_the_reason_and_no_score() -> None:
    best = entry_of(SMALL_TREE)[0]
    wrong = replace(best, id="tree_hash-wrong", cycles=1, struck=Mark("word 3 is 1, not 2 | 4\nand more", "2026-05-06"))
    page = render_problem(page_of(wrong, best))
    assert [row for row in rows(page) if "wrong" in row] == [
        f"| {best.shape_text} | values | 1 | tree_hash-wrong | 2026-05-06 | word 3 is 1, not 2 \\| 4 and more |"
    ]
    assert "**1**" not in page
    assert f"**{best.cycles}**" in page


def test_the_index_counts_what_was_struck_and_has_a_row_for_a_page_of_nothing_else() -> None:
    wrong = replace(entry_of(DOUBLING)[0], struck=Mark("no", "2026-05-06"))
    index = render_index(pages(wrong), [])
    assert rows(index)[0] == "| [doubling](doubling-takehome.md) | takehome | 0 |  |"
    assert "Struck because they no longer validate: 1." in index
    assert "Struck" not in render_index(pages(entry_of(DOUBLING)[0]), [])


def test_what_is_stale_has_a_row_with_the_reason_and_is_counted_on_the_index() -> None:
    best = entry_of(SMALL_TREE)[0]
    old = replace(best, id="tree_hash-old", cycles=1)
    page = pages_of([PlacedEntry(old, Standing.STALE, "it was\nedited"), PlacedEntry(best, Standing.COUNTS)])
    stale = render_problem(page[0]).partition("## Stale")[2]
    assert f"| {best.shape_text} | values | 1 | {best.found} | tree_hash-old | it was edited |" in stale
    assert "## tree_hash-old" not in render_problem(page[0])
    index = render_index(page, [])
    assert f"takehome | 1 | {best.shape_text} values: **{best.cycles}**" in index
    assert "Stale, and not compared with the others: 1. Their pages say why." in index
    assert "Stale" not in render_index(pages(best), []) + render_problem(page_of(best))


def test_the_index_adds_up_the_schedules_of_searches_of_every_version() -> None:
    searches = [{"trials": 1000, "seconds": 3600, "workers": 2}, {"schedules": 234, "seconds": 1800, "workers": 0}]
    assert "2 searches, 1,234 schedules tried, 2.5 worker-hours." in render_index([], searches)


def test_a_section_says_when_the_entry_was_last_checked_and_against_which_sources() -> None:
    entry = entry_of(SMALL_TREE)[0]
    same = replace(entry, checked=Checked(entry.hashes.problem, "0.1", "2026-05-06"))
    assert "- checked anew 2026-05-06 by slotsmith 0.1\n" in render_problem(page_of(same))
    other = replace(entry, checked=Checked("0123", "0.1", "2026-05-06"))
    assert "- checked anew 2026-05-06 by slotsmith 0.1 against the problem 0123\n" in render_problem(page_of(other))
    assert "checked anew" not in render_problem(page_of(entry))
