"""The page of a schedule of more than 10,000 cycles: a part of it is drawn, and all where one looks closely."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bokeh", reason="pages are drawn by bokeh, which is not installed")

from search.board.leaderboard import Leaderboard
from search.pages import schedule_page
from search.pages.schedule_columns import ScheduleColumns, schedule_columns
from search.pages.subject import Subject, subject_of
from tests.search.pages.browser import complaints, open_page

COPIES = 13
MOST_SLOTS, MOST_HELD = 24_000, 12_000
SOON = 0.5
"""Seconds until a step of zooming or panning is drawn, in the median; a second runs many tests at once."""

STEPS = """const done = arguments[0], [pane] = panes, seconds = [], acts = [
    ...Array(6).fill(() => pane.zoom(0.5)), ...Array(3).fill(() => pane.zoom(2)),
    ...Array(6).fill(() => pane.move(0.25))];
const act = () => {
    if (!acts.length) { done(seconds); return; }
    const begin = performance.now(), drawn = () => {
        if (!Bokeh.documents.every((each) => each.is_idle)) { setTimeout(drawn, 5); return; }
        seconds.push((performance.now() - begin) / 1000);
        act();
    };
    acts.shift()();
    requestAnimationFrame(() => requestAnimationFrame(drawn));
};
act();"""


@pytest.fixture(scope="module")
def short(board: Path, session_browser: Any) -> Subject:
    leaderboard = Leaderboard(board)
    entry = leaderboard.find("tree_hash")
    return subject_of(leaderboard, entry, leaderboard.entries(), leaderboard.journal())


@pytest.fixture(scope="module")
def columns(short: Subject) -> ScheduleColumns:
    """Those of the headline's schedule, again and again."""
    found = schedule_columns(short.told, short.candidate.decision)
    length = short.told.schedule.length
    slots, buffers = len(found.tables["slots"]["cycle"]), len(found.tables["buffers"]["first"])
    steps = {
        "slots": {"cycle": length, "operation": short.told.prepared.flat.operations},
        "waits": {"earlier": slots, "later": slots},
        "held": {"start": length, "buffer": 0},
        "buffers": {"first": buffers},
    }
    tables = {
        name: {
            column: np.concatenate([values + copy * steps[name].get(column, 0) for copy in range(COPIES)])
            for column, values in table.items()
        }
        for name, table in found.tables.items()
    }
    return replace(found, tables=tables)


@pytest.fixture(scope="module")
def page(
    short: Subject, columns: ScheduleColumns, tmp_path_factory: pytest.TempPathFactory, session_browser: Any
) -> Any:
    schedule = replace(short.told.schedule, length=COPIES * short.told.schedule.length)
    file = tmp_path_factory.mktemp("page") / "long.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schedule_page, "schedule_columns", lambda told, decision: columns)
        long = replace(short, told=replace(short.told, schedule=schedule))
        file.write_text(schedule_page.schedule_page([long]), encoding="utf-8")
    open_page(session_browser, file)
    yield session_browser
    assert complaints(session_browser) == []


def drawn(page: Any) -> tuple[list[int], list[int]]:
    """The slots, and the buffers, that the charts have."""
    slots, held = page.execute_script("return [panes[0].source.data.slot, panes[0].map.data.held]")
    return slots, held


def show_cycles(page: Any, start: int, end: int) -> None:
    page.execute_async_script(
        """const [start, end, done] = arguments;
        panes[0].range.setv({start, end});
        requestAnimationFrame(() => requestAnimationFrame(() => done()));""",
        start,
        end,
    )


@pytest.mark.slow
def test_a_part_of_the_cycles_is_drawn_where_all_are_in_sight_and_the_page_says_so(
    page: Any, columns: ScheduleColumns
) -> None:
    cycles = columns.tables["slots"]["cycle"]
    show_cycles(page, 0, int(cycles.max()) + 1)
    slots, held = drawn(page)
    assert MOST_SLOTS / 2 < len(slots) <= MOST_SLOTS
    assert MOST_HELD / 4 < len(held) <= MOST_HELD
    stride = page.execute_script("return panes[0].loaded.stride")
    assert slots == sorted(np.flatnonzero(cycles % stride == 0).tolist(), key=lambda row: (cycles[row], row))
    assert f"One cycle of {stride} is drawn" in page.find_element("class name", "drawn").text


@pytest.mark.slow
def test_all_that_is_in_sight_is_drawn_where_one_looks_closely(page: Any, columns: ScheduleColumns) -> None:
    cycles, held = columns.tables["slots"]["cycle"], columns.tables["held"]
    for start, end in ((0, 300), (5000, 5040), (int(cycles.max()) - 60, int(cycles.max()) + 1)):
        show_cycles(page, start, end)
        slots, shown = drawn(page)
        assert set(np.flatnonzero((cycles >= start) & (cycles < end)).tolist()) <= set(slots)
        live = (held["start"] < end) & (held["start"] + held["cycles"] > start)
        assert set(np.flatnonzero(live).tolist()) <= set(shown)
        assert page.find_element("class name", "drawn").text == ""


@pytest.mark.slow
def test_a_slot_that_is_selected_is_drawn_whatever_else_is(page: Any, columns: ScheduleColumns) -> None:
    cycles = columns.tables["slots"]["cycle"]
    show_cycles(page, 0, int(cycles.max()) + 1)
    odd = int(np.flatnonzero(cycles % 2 == 1)[7])
    page.execute_script("panes[0].select(arguments[0])", odd)
    assert page.execute_script("return panes[0].source.data.slot[panes[0].source.selected.indices[0]]") == odd
    assert f"cycle {cycles[odd]}, ready" in page.find_element("class name", "said").text
    page.execute_script("panes[0].select(undefined)")


@pytest.mark.slow
def test_steps_of_zooming_and_panning_are_soon_drawn(page: Any, columns: ScheduleColumns) -> None:
    show_cycles(page, 0, int(columns.tables["slots"]["cycle"].max()) + 1)
    assert float(np.median(page.execute_async_script(STEPS))) < SOON
