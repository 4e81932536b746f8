"""Cycles against features of a machine, from the journal of a sweep that varies one."""

from search.sweep.reporting.analyze import SweepAnalysis, analyze
from search.sweep.reporting.history import read_history
from search.sweep.reporting.plots import pictures
from search.sweep.reporting.report import render_report
from search.sweep.reporting.tables import feature_rows
from tests.search.sweep.reporting.journals import FILE, Written

VARIED = {
    "machines": [{"name": "wider", "base": "takehome", "vary": ["load.slots=1:4", "scratch=4"]}],
    "studies": [{"problem": "dot_product", "shapes": ["n=16", "n=64"], "machines": ["wider"]}],
}
BEST = {0: 20, 1: 30, 2: 18, 3: 18, 4: None, 5: 80, 6: 120}


def analysis(study: int | None = None, file: object = VARIED) -> SweepAnalysis:
    journal = Written(file=file)  # type: ignore[arg-type]
    for trial, (number, cycles) in enumerate(BEST.items()):
        journal.asked(trial, number)
        error = None if cycles else ("ScratchExceededError", "too small")
        journal.ended(trial, cycles, study=number, bound=15, error=error)
    return analyze(read_history(journal.records, "night"), study)


def test_each_feature_of_each_task_has_a_series_with_the_machine_as_it_is() -> None:
    found = {(each.title, each.feature): each.points for each in analysis().features}
    assert list(found) == [
        ("dot_product n=16 all on wider", "load.slots"),
        ("dot_product n=16 all on wider", "scratch"),
        ("dot_product n=64 all on wider", "load.slots"),
        ("dot_product n=64 all on wider", "scratch"),
    ]
    slots = found["dot_product n=16 all on wider", "load.slots"]
    assert [(point.value, point.cycles, point.is_origin) for point in slots] == [
        (1, 30, False),
        (2, 20, True),
        (3, 18, False),
        (4, 18, False),
    ]
    scratch = found["dot_product n=16 all on wider", "scratch"]
    assert [(point.value, point.cycles, point.study) for point in scratch] == [(4, None, 4), (1536, 20, 0)]


def test_tables_say_what_each_value_saves() -> None:
    table = feature_rows(analysis().features[0])
    assert table.columns[0] == "load.slots"
    assert [(row[0], row[3]) for row in table.rows] == [("1", "-10"), ("2", "0"), ("3", "2"), ("4", "2")]


def test_the_report_has_a_picture_of_them() -> None:
    found = analysis()
    drawn = [picture for picture in pictures(found) if picture.name == "features"]
    assert [picture.png[:4] for picture in drawn] == [b"\x89PNG"]
    assert "<h2>Features of the machine</h2>" in render_report(found, drawn)


def test_a_sweep_that_varies_nothing_has_none() -> None:
    found = analysis(file=FILE)
    assert found.features == ()
    assert "Features of the machine" not in render_report(found, [])


def test_one_study_alone_is_no_series() -> None:
    assert analysis(study=1).features == ()
