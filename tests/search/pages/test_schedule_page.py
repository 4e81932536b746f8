"""The page of a schedule in a browser: it is soon there, and clicks, keys and the filter show what the schedule is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bokeh", reason="pages are drawn by bokeh, which is not installed")

from search.board.leaderboard import Leaderboard
from search.pages.schedule_page import schedule_page
from search.pages.subject import Subject, subject_of
from tests.search.pages.browser import complaints, open_page, resize

MOST_BYTES = 5_000_000
SOON = 2.0
"""Seconds until the first picture; the best of three loads counts, for others may be at work."""


def subject(board: Path, text: str) -> Subject:
    leaderboard = Leaderboard(board)
    return subject_of(leaderboard, leaderboard.find(text), leaderboard.entries(), leaderboard.journal())


@pytest.fixture(scope="module")
def headline(board: Path, session_browser: Any) -> Subject:
    return subject(board, "tree_hash")


@pytest.fixture(scope="module")
def file(headline: Subject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "page.html"
    file.write_text(schedule_page([headline]), encoding="utf-8")
    return file


@pytest.fixture
def page(browser: Any, file: Path) -> Any:
    """The browser with the page of the headline entry."""
    open_page(browser, file)
    yield browser
    assert complaints(browser) == []


def keys(page: Any, text: str) -> None:
    page.find_element("tag name", "body").send_keys(text)


def cycles_in_sight(page: Any, place: int = 0) -> tuple[float, float]:
    start, end = page.execute_script(f"return [panes[{place}].range.start, panes[{place}].range.end]")
    return start, end


def said(page: Any) -> str:
    return str(page.find_element("class name", "said").text)


def place_of(page: Any, row: int) -> dict[str, int]:
    """Where on the screen a slot is drawn."""
    where: dict[str, int] = page.execute_script(
        """const [pane] = panes, row = arguments[0], view = Bokeh.index.find_one_by_id(pane.chart.id);
        const box = view.el.getBoundingClientRect(), frame = view.frame;
        const x = frame.x_scale.compute(pane.slots.cycle[row] + 0.5);
        const y = frame.y_scale.compute(pane.slots.row[row] + 0.43);
        return {x: Math.round(box.left + x), y: Math.round(box.top + y)};""",
        row,
    )
    return where


def click(page: Any, place: dict[str, int]) -> None:
    for kind, button in (("mousePressed", "left"), ("mouseReleased", "left")):
        event = {"type": kind, "button": button, "clickCount": 1, **place}
        page.execute_cdp_cmd("Input.dispatchMouseEvent", event)
    settle(page)


def wheel(page: Any, place: dict[str, int], pixels: int) -> None:
    page.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseWheel", "deltaX": 0, "deltaY": pixels, **place})
    settle(page)


def until(page: Any, act: Callable[[], None], condition: Callable[[], bool]) -> None:
    """Act until the page shows it, a few times at most: a page that is still being drawn misses what is done to it."""
    for _ in range(5):
        act()
        for _ in range(10):
            if condition():
                return
            settle(page)
    raise AssertionError("the page does not show it")


def settle(page: Any) -> None:
    """Wait until what has been done is drawn: a tap is one only when no second follows."""
    page.execute_async_script("const done = arguments[0]; setTimeout(() => requestAnimationFrame(() => done()), 350);")


@pytest.mark.slow
def test_the_headline_is_one_small_file_and_soon_drawn(browser: Any, file: Path, headline: Subject) -> None:
    assert file.stat().st_size < MOST_BYTES
    assert min(open_page(browser, file) for _ in range(3)) < SOON
    assert browser.execute_script("return panes[0].slots.cycle.length") == (headline.told.schedule.cycles >= 0).sum()
    assert complaints(browser) == []


@pytest.mark.slow
def test_a_click_tells_what_a_slot_waited_for(page: Any, headline: Subject) -> None:
    told = headline.told
    link = next(link for link in told.chain.links if sum(link.delays.values()) > 3)
    row = int((told.schedule.cycles[: link.slot] >= 0).sum())
    for _ in range(4):
        keys(page, "+")
    page.execute_script(f"panes[0].show({row})")
    settle(page)
    until(page, lambda: click(page, place_of(page, row)), lambda: told.text.slot(link.slot) in said(page))
    text = said(page)
    assert f"cycle {link.cycle}, ready in cycle {link.ready}, delayed {link.cycle - link.ready}" in text
    waited_for = text.partition("waited for")[2].splitlines()[1]
    assert told.text.slot(link.waited_for) in waited_for
    keys(page, "b")
    assert said(page).startswith(told.text.slot(link.waited_for))
    keys(page, "\ue00c")  # Escape
    assert said(page).startswith("Click a slot")


@pytest.mark.slow
def test_keys_and_wheel_zoom_and_all_charts_follow(page: Any, headline: Subject) -> None:
    length = headline.entry.cycles
    assert cycles_in_sight(page) == (0, length)
    keys(page, "++")
    start, end = cycles_in_sight(page)
    assert end - start == pytest.approx(length / 4)
    keys(page, "\ue014")  # right
    assert cycles_in_sight(page)[0] == pytest.approx(start + length / 16)
    over_cycles = "roots().filter((each) => each.name !== 'runs0')"
    ranges = f"return new Set(Bokeh.documents[0].{over_cycles}.map((each) => each.x_range)).size"
    assert page.execute_script(ranges) == 1
    keys(page, "0")
    assert cycles_in_sight(page) == (0, length)
    until(page, lambda: wheel(page, place_of(page, 0), -200), lambda: cycles_in_sight(page) != (0, length))
    start, end = cycles_in_sight(page)
    assert end - start < length


@pytest.mark.slow
def test_the_filter_counts_and_shows_the_slots_of_operations(page: Any, headline: Subject) -> None:
    told = headline.told
    flat = told.prepared.flat
    owners = flat.implementation_operations[flat.slot_implementations]
    names = [told.text.operation(n) + " " + told.text.source(n) for n in range(flat.operations)]
    wanted = sum("multiply_add" in names[owner] for owner in owners[told.schedule.cycles >= 0].tolist())
    assert wanted
    page.find_element("id", "filter").send_keys("Multiply_add")
    assert page.find_element("id", "matches").text == f"{wanted} slots"
    assert page.execute_script("return panes[0].source.data.slot.length") == wanted


@pytest.mark.slow
@pytest.mark.parametrize("by", ["stream", "step", "kind", "delay", "slack", "engine"])
def test_slots_are_coloured_by_what_is_chosen_with_a_legend(page: Any, by: str) -> None:
    page.execute_script(
        "const c = document.getElementById('colour'); c.value = arguments[0]; c.dispatchEvent(new Event('change'))", by
    )
    assert page.execute_script("return panes[0].bars.glyph.fill_color.field") == by
    assert page.find_element("class name", "legend").text


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_narrow_screen_and_follows_the_systems_colours(browser: Any, file: Path, dark: bool) -> None:
    resize(browser, 480, dark=dark)
    open_page(browser, file)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 480
    paper = "return panes[0].chart.background_fill_color"
    assert (browser.execute_script(paper) < "#888888") == dark
    browser.find_element("id", "theme").click()
    assert (browser.execute_script(paper) < "#888888") != dark
    browser.execute_script("localStorage.clear()")
    assert complaints(browser) == []


@pytest.mark.slow
def test_two_entries_are_beside_each_other_and_zoom_together(browser: Any, board: Path, tmp_path: Path) -> None:
    pair = [subject(board, name) for name in ("dot_product", "fir")]
    (tmp_path / "two.html").write_text(schedule_page(pair), encoding="utf-8")
    open_page(browser, tmp_path / "two.html")
    left, right = (each.rect for each in browser.find_elements("css selector", "[data-pane]"))
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    keys(browser, "+")
    assert all(cycles_in_sight(browser, place)[0] > 0 for place in (0, 1))
    keys(browser, "0")
    assert [cycles_in_sight(browser, place) for place in (0, 1)] == [(0, each.entry.cycles) for each in pair]
    browser.find_element("id", "link").click()
    browser.execute_script("panes[0].zoom(0.5)")
    assert cycles_in_sight(browser, 0) != (0, pair[0].entry.cycles)
    assert cycles_in_sight(browser, 1) == (0, pair[1].entry.cycles)
    differs = browser.find_element("css selector", "details table").text.splitlines()
    assert f"cycles {pair[0].entry.cycles} {pair[1].entry.cycles}" in differs
    assert complaints(browser) == []
