"""The page of a sweep in a browser: the best trials first, a filter for table and lines, clicks that select both."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bokeh", reason="pages are drawn by bokeh, which is not installed")

from search.pages.sweep_page import sweep_page
from search.sweep.reporting.analyze import SweepAnalysis, analyze
from search.sweep.reporting.history import read_history
from tests.search.pages.browser import complaints, open_page, resize
from tests.search.sweep.reporting.journals import TITLES, Written, night


def analysis(written: Written) -> SweepAnalysis:
    return analyze(read_history(written.records, "night"))


@pytest.fixture(scope="module")
def sweep() -> SweepAnalysis:
    return analysis(night(90))


@pytest.fixture(scope="module")
def file(sweep: SweepAnalysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "sweep.html"
    file.write_text(sweep_page(sweep, []), encoding="utf-8")
    return file


def rows(browser: Any, study: int) -> list[list[str]]:
    """The cells of the rows of a study's table that are shown."""
    found: list[list[str]] = browser.execute_script(
        """return [...document.querySelectorAll(`#trials${arguments[0]} tbody tr`)].filter((row) => !row.hidden)
            .map((row) => [...row.cells].map((cell) => cell.textContent));""",
        study,
    )
    return found


def lines_drawn(browser: Any, study: int) -> int:
    view = f"Bokeh.documents[0].get_model_by_name('settings{study}').renderers.find((e) => e.name === 'lines').view"
    return int(browser.execute_script(f"return {view}.filter.booleans.filter(Boolean).length"))


def test_names_and_messages_are_text_and_nothing_else() -> None:
    evil = '<script>alert("&amp;")</script>'
    written = Written(name=evil, file={"studies": [{"problem": evil}]})
    for trial in range(12):
        written.ran(trial, 30 + trial, **{evil: trial})
    written.ended(12, ending="raised", error=(evil, evil))
    assert "<script>alert" not in sweep_page(analysis(written), [])


def test_a_sweep_that_has_only_begun_has_a_page() -> None:
    page = sweep_page(analysis(Written()), [])
    assert page.count("No trial has led to a program.") == len(TITLES)


@pytest.mark.slow
def test_the_best_trials_come_first_with_their_settings(browser: Any, file: Path, sweep: SweepAnalysis) -> None:
    open_page(browser, file)
    for study in sweep.studies:
        found = rows(browser, study.number)
        assert [int(row[0]) for row in found] == sorted(each.cycles for each in study.attempts if each.cycles)
        assert study.best is not None
        assert found[0][:3] == [str(study.best.cycles), str(study.bound), str(study.best.trial)]
        told = browser.find_element("css selector", f"[data-study='{study.number}'] .settings").text.split()
        assert str((study.best.point or {})["knob.groups_in_flight"]) in told
    assert complaints(browser) == []


@pytest.mark.slow
def test_the_filter_narrows_table_and_lines_and_a_click_selects_both(browser: Any, file: Path) -> None:
    open_page(browser, file)
    everything = rows(browser, 0)
    browser.find_element("id", "search0").send_keys("groups_in_flight>16 leaf.2=alu")
    heading = [each.text for each in browser.find_elements("css selector", "#trials0 th")]
    groups, leaf = heading.index("groups_in_flight"), heading.index("leaf.2")
    wanted = [row for row in everything if int(row[groups]) > 16 and row[leaf] == "alu"]
    assert rows(browser, 0) == wanted
    assert 0 < lines_drawn(browser, 0) == len(wanted) < len(everything)
    (first, *_) = [r for r in browser.find_elements("css selector", "#trials0 tbody tr") if r.is_displayed()]
    first.click()
    chart = "Bokeh.documents[0].get_model_by_name('settings0').renderers.find((e) => e.name === 'lines')"
    selected = f"const s = {chart}.data_source; return s.data.trial[s.selected.indices[0]]"
    assert browser.execute_script(selected) == int(wanted[0][2])
    assert complaints(browser) == []


@pytest.mark.slow
def test_it_fits_a_narrow_screen(browser: Any, file: Path) -> None:
    resize(browser, 480)
    open_page(browser, file)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 480
