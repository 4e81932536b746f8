"""The live view of a sweep: a table on a terminal, plain lines elsewhere."""

import pytest
from rich.console import Console

from search.cli.sweep_live import cells_of, sweep_view, view_of
from search.sweep.duration import duration
from search.sweep.sweep_progress import StudyProgress, SweepProgress

TREE, VECTORS = "tree_hash height=2,rounds=2,batch=8 values on takehome", "hash_vectors vectors=2 all on takehome"

PROGRESS = SweepProgress(
    name="night",
    trials=40,
    planned=100,
    failures={"crashed": 2, "GraphError": 1},
    now=30,
    workers=8,
    seconds=600.0,
    limit=7200.0,
    studies=(StudyProgress(TREE, 20, 50, 40, ((1, 90), (10, 50))), StudyProgress(VECTORS, 20, None, None)),
)


def test_what_is_shown_of_a_sweep() -> None:
    assert dict(cells_of(PROGRESS)) == {
        "trials": "40 of 100",
        "failed": "GraphError: 1 crashed: 2",
        "rate": "3.0/min",
        "workers": "8",
        "elapsed": "0:10:00",
        "left": "0:20:00",
    }


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({}, 1200.0),
        ({"limit": 900.0}, 300.0),
        ({"limit": None}, 1200.0),
        ({"planned": None}, 6600.0),
        ({"planned": None, "limit": None}, None),
        ({"now": 0}, 6600.0),
        ({"limit": 500.0}, 0.0),
    ],
)
def test_what_is_left_is_told_by_whichever_limit_comes_first(changes: dict[str, float], left: float | None) -> None:
    assert SweepProgress(**{**PROGRESS.__dict__, **changes}).left == left


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00:00"), (59.6, "0:01:00"), (36_061, "10:01:01")])
def test_durations_are_in_hours_minutes_and_seconds(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_the_table_has_a_row_for_each_study() -> None:
    _, studies = view_of(PROGRESS, 140).renderables
    rows = list(zip(*([str(cell) for cell in column.cells] for column in studies.columns), strict=True))  # type: ignore[union-attr]
    spaced = TREE.replace(",", ", ")
    curve = "90 █████▁▁▁▁▁▁▁ 50"
    assert rows == [(spaced, "50", "40", "25.0%", "20", curve), (VECTORS, "-", "-", "-", "20", "")]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_it_fits_a_terminal_with_every_word_whole(width: int) -> None:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(view_of(PROGRESS, width))
    out = captured.get()
    assert all(len(line) <= width for line in out.splitlines())
    assert {"height=2,", "batch=8", "takehome", "hash_vectors", "vectors=2", "50", "25.0%"} <= set(out.split())


def test_plain_lines_tell_each_best_once(capsys: pytest.CaptureFixture[str]) -> None:
    with sweep_view() as watch:
        for _ in range(3):
            watch(PROGRESS)
    assert capsys.readouterr().err == f"{TREE}: best 50, bound 40, gap 25.0%\n"


def test_a_quiet_view_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with sweep_view(quiet=True) as watch:
        watch(PROGRESS)
    assert capsys.readouterr() == ("", "")
