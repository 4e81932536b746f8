"""The leaderboard as a site: every task has a row and a page, tables sort and search, programs only if asked for."""

import shutil
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bokeh", reason="pages are drawn by bokeh, which is not installed")

from machine.assembly import load_any_program
from machine.errors import UserError
from search.board.leaderboard import Leaderboard
from search.pages.board_site import write_site
from tests.search.pages.browser import complaints, open_page, resize

PROBLEMS = ("dot_product", "fir", "hash_vectors")


@pytest.fixture(scope="module")
def few(board: Path, tmp_path_factory: pytest.TempPathFactory) -> Leaderboard:
    """A board of some small tasks."""
    folder = tmp_path_factory.mktemp("board")
    (folder / "entries").mkdir()
    for file in (board / "entries").iterdir():
        if file.name.startswith(PROBLEMS):
            shutil.copy(file, folder / "entries")
    shutil.copy(board / "journal.jsonl", folder)
    return Leaderboard(folder)


@pytest.fixture(scope="module")
def site(few: Leaderboard, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    write_site(few, folder, print, programs=False, reports=False)
    return folder


def rows(browser: Any) -> list[str]:
    """The rows of the table of tasks that are shown."""
    found = browser.find_elements("css selector", "#tasks tbody tr")
    return [row.text for row in found if row.is_displayed()]


def names(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_every_task_has_a_page_and_nothing_is_fetched_or_given_away(site: Path, few: Leaderboard) -> None:
    assert {name.split("/")[0] for name in names(site)} == {"index.html", "leaderboard.json", "bokeh.min.js", "tasks"}
    assert len(list((site / "tasks").iterdir())) == len(few.best())
    for file in site.rglob("*.html"):
        assert not {"http://", "https://"} & set(file.read_text("utf-8").replace('"', " ").split())
    for entry in few.entries():
        assert any(entry.hashes.program in file.read_text("utf-8") for file in (site / "tasks").iterdir())


def test_programs_and_reports_are_there_if_asked_for(few: Leaderboard, tmp_path: Path) -> None:
    told: list[str] = []
    write_site(few, tmp_path, told.append, programs=True, reports=True)
    for entry in few.best():
        read = [load_any_program(tmp_path / "programs" / f"{entry.id}.{kind}") for kind in ("json", "asm")]
        assert [program.digest for program in read] == [entry.hashes.program] * 2
        report = (tmp_path / "reports" / f"{entry.id}.html").read_text("utf-8")
        assert 'src="../bokeh.min.js"' in report
        assert f"reports/{entry.id}.html" in (tmp_path / "index.html").read_text("utf-8")
    assert {f"report of {entry.id}" for entry in few.best()} <= set(told)


def test_a_folder_that_cannot_be_written_is_told_in_a_line(few: Leaderboard, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot write"):
        write_site(few, tmp_path / "file", print, programs=False, reports=False)


@pytest.mark.slow
def test_the_table_searches_and_sorts_and_leads_to_a_task(browser: Any, site: Path, few: Leaderboard) -> None:
    browser.get((site / "index.html").as_uri())
    assert len(rows(browser)) == len(few.best())
    browser.find_element("id", "search").send_keys("hash vectors=4")
    (row,) = rows(browser)
    assert row.startswith("hash_vectors vectors=4 all 14 ")
    browser.find_element("id", "search").clear()
    browser.find_element("id", "search").send_keys("a")
    (heading,) = [each for each in browser.find_elements("css selector", "#tasks th") if each.text == "cycles"]
    heading.click()
    cycles = [entry.cycles for entry in few.best()]
    shown = "return [...document.querySelectorAll('#tasks tbody strong')].map((each) => Number(each.textContent))"
    assert browser.execute_script(shown) == sorted(cycles)
    heading.click()
    assert browser.execute_script(shown) == sorted(cycles, reverse=True)
    link = browser.find_element("link text", "fir").get_attribute("href")
    open_page(browser, Path(link.removeprefix("file://")))
    assert browser.find_element("tag name", "h1").text == "fir taps=4,n=32, all, on takehome"
    assert browser.execute_script("return Bokeh.documents[0].get_model_by_name('runs').renderers.length") == 2
    assert complaints(browser) == []


@pytest.mark.slow
def test_it_fits_a_narrow_screen(browser: Any, site: Path) -> None:
    resize(browser, 480)
    for page in (site / "index.html", next((site / "tasks").iterdir())):
        browser.get(page.as_uri())
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 480
