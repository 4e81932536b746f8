"""The page of a schedule under fingers: sideways they move the cycles, two zoom, and up or down scrolls the page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bokeh", reason="pages are drawn by bokeh, which is not installed")

from search.board.leaderboard import Leaderboard
from search.pages.schedule_page import schedule_page
from search.pages.subject import subject_of
from tests.search.pages.browser import complaints, open_page, resize


@pytest.fixture
def phone(board: Path, session_browser: Any, tmp_path: Path) -> Iterator[Any]:
    """A narrow screen that is touched, with the page of a small entry; the middle of its first chart is in sight."""
    leaderboard = Leaderboard(board)
    entry = leaderboard.find("bitonic_sort")
    file = tmp_path / "page.html"
    file.write_text(schedule_page([subject_of(leaderboard, entry, [entry], [])]), encoding="utf-8")
    resize(session_browser, 480)
    session_browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    open_page(session_browser, file)
    yield session_browser
    session_browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    assert complaints(session_browser) == []


def middle(phone: Any) -> dict[str, int]:
    box = phone.execute_script("return document.querySelector('.chart').getBoundingClientRect()")
    return {"x": round(box["x"] + box["width"] / 2), "y": round(box["y"] + box["height"] / 2)}


def cycles_in_sight(phone: Any) -> tuple[float, float]:
    start, end = phone.execute_script("return [panes[0].range.start, panes[0].range.end]")
    return start, end


def drag(phone: Any, right: int, down: int) -> None:
    """Draw one finger from the middle of the chart, a step a frame: steps within one frame would be one event."""
    start = middle(phone)

    def touch(kind: str, *points: dict[str, float]) -> None:
        phone.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", start)
    for part in range(1, 11):
        touch("touchMove", {"x": start["x"] + right * part / 10, "y": start["y"] + down * part / 10})
        phone.execute_async_script("requestAnimationFrame(arguments[0])")
    touch("touchEnd")
    settle(phone)


def settle(phone: Any) -> None:
    """Wait until a gesture is over, or the next may be taken for a part of it."""
    phone.execute_async_script("setTimeout(arguments[0], 350)")


@pytest.mark.slow
def test_two_fingers_zoom_and_one_sideways_moves_the_cycles(phone: Any) -> None:
    start, end = cycles_in_sight(phone)
    phone.execute_cdp_cmd(
        "Input.synthesizePinchGesture", {**middle(phone), "scaleFactor": 3.0, "gestureSourceType": "touch"}
    )
    settle(phone)
    first, last = cycles_in_sight(phone)
    assert start < first < last < end
    drag(phone, 80, 0)
    assert cycles_in_sight(phone)[0] < first


@pytest.mark.slow
def test_one_finger_that_goes_up_scrolls_the_page(phone: Any) -> None:
    before = cycles_in_sight(phone)
    drag(phone, 0, -200)
    assert phone.execute_script("return scrollY") > 100
    assert cycles_in_sight(phone) == before
