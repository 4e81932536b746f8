"""Records from elsewhere are in the journal once, however often they come, and only those of the same sweep."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.files import journal_file
from search.sweep.cluster.job_log import Item
from search.sweep.cluster.journal_merge import JournalMerge
from search.sweep.cluster.received import RefusedError
from search.sweep.sweep_state import replay
from tests.search.sweep.cluster.sent import of_kind

(SENT,) = of_kind("journal")
LINES: list[str] = SENT["lines"]


def item(lines: list[str], **changed: Any) -> Item:
    return {**SENT, "lines": lines, **changed}


def kept(results: Path) -> list[str]:
    return (results / "sweeps/small/journal.jsonl").read_text(encoding="utf-8").splitlines()


def test_the_journal_here_becomes_the_one_there(tmp_path: Path) -> None:
    assert JournalMerge(tmp_path).merge(item(LINES)) == len(LINES)
    assert kept(tmp_path) == LINES
    state = replay(journal_file.read(tmp_path / "sweeps/small/journal.jsonl"), 2)
    assert (state.tally.trials, state.finished) == (6, True)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.booleans()), max_size=6))
@settings(max_examples=30)
def test_parts_that_come_again_change_nothing(tmp_path_factory: pytest.TempPathFactory, parts: list[Any]) -> None:
    """Whoever brings them, in one run or in several."""
    folder = tmp_path_factory.mktemp("merge")
    merging = JournalMerge(folder)
    merging.merge(item(LINES))
    for start, count, is_another in parts:
        merging = JournalMerge(folder) if is_another else merging
        assert merging.merge(item(LINES[start : start + count])) == 0
    assert kept(folder) == LINES


def test_what_others_have_written_meanwhile_is_kept(tmp_path: Path) -> None:
    first, second = JournalMerge(tmp_path), JournalMerge(tmp_path)
    first.merge(item(LINES[:4]))
    assert second.merge(item(LINES[:8])) == 4
    assert first.merge(item(LINES)) == len(LINES) - 8
    assert kept(tmp_path) == LINES


def test_a_torn_line_is_closed(tmp_path: Path) -> None:
    merging = JournalMerge(tmp_path)
    merging.merge(item(LINES[:3]))
    with (tmp_path / "sweeps/small/journal.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"event":"as')
    merging.merge(item(LINES))
    assert kept(tmp_path) == [*LINES[:3], '{"event":"as', *LINES[3:]]


def test_another_sweep_of_this_name_is_refused(tmp_path: Path) -> None:
    JournalMerge(tmp_path).merge(item(LINES))
    begun = json.dumps({**json.loads(LINES[0]), "digest": "other"})
    for lines in ([begun], LINES[1:]):
        with pytest.raises(RefusedError, match="of another sweep"):
            JournalMerge(tmp_path).merge(item(lines, digest="other"))
    assert kept(tmp_path) == LINES


def test_a_journal_without_its_beginning_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="its beginning is missing"):
        JournalMerge(tmp_path).merge(item(LINES[1:]))
    assert kept(tmp_path) == []


def record(**changed: Any) -> str:
    return json.dumps({**json.loads(LINES[1]), **changed})


ENDED = next(json.loads(line) for line in LINES if '"ended"' in line)
HOSTILE = {
    "no json": "{",
    "no object": "[]",
    "no text": 7,
    "two lines": f"{LINES[1]}\n{LINES[2]}",
    "no event": "{}",
    "another event": record(event="deleted"),
    "newer": record(format=99),
    "no number": record(trial="1"),
    "below 0": record(study=-1),
    "less": json.dumps({"format": 1, "event": "asked"}),
    "no ending": json.dumps({**ENDED, "ending": "exploded"}),
    "no bound": json.dumps({**ENDED, "bound": 7}),
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_record_is_refused_with_all_that_came_with_it(tmp_path: Path, line: Any) -> None:
    merging = JournalMerge(tmp_path)
    merging.merge(item(LINES[:3]))
    with pytest.raises(RefusedError):
        merging.merge(item([*LINES[3:], line]))
    assert kept(tmp_path) == LINES[:3]


@pytest.mark.parametrize("name", ["../../elsewhere", "", "a/b", ".hidden", 7, None])
def test_a_name_that_is_none_of_a_sweep_makes_no_folder(tmp_path: Path, name: Any) -> None:
    with pytest.raises(RefusedError):
        JournalMerge(tmp_path / "results").merge(item(LINES, sweep=name))
    assert list(tmp_path.iterdir()) == []
