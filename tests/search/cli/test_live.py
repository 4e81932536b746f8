"""The live view of a search: what it is at from the first second on, and the best over time."""

import time

import pytest
from rich.console import Console

from search.bounds.bound import Bound
from search.cli.live import cells_of, live_view, table_of
from search.solver.solve_outcome import SolverNews
from search.strategy.budget import Budget
from search.strategy.compiling_first import COMPILING
from search.strategy.progress import Progress, Watch

BUDGET = Budget(60.0)


def improving() -> Progress:
    watch = Watch(Progress(stage="random", schedules=64), lambda progress: None)
    for cycles in (120, 90, 95, 80):
        watch.note(cycles, Bound(75, "a proof"))
    return watch.progress


def test_it_says_that_it_compiles_and_that_the_time_begins_after_it() -> None:
    (cell,) = cells_of(BUDGET, Progress(stage=COMPILING))
    assert cell == ("compiling", "0 s; once for this version, and the search begins after it")
    assert dict(cells_of(BUDGET, Progress(stage="random")))["stage"] == "random"


@pytest.mark.parametrize(
    ("cycles", "said"),
    [(None, "no schedule yet, bound 30 of its model, for 8 s"), (40, "40 cycles, bound 30 of its model, for 8 s")],
)
def test_it_tells_what_an_exact_solve_that_runs_has_come_to(cycles: int | None, said: str) -> None:
    news = SolverNews(time.monotonic() - 8, cycles, 30)
    assert dict(cells_of(BUDGET, Progress(stage="exact", solver=news)))["solver"] == said
    assert "solver" not in dict(cells_of(BUDGET, Progress(stage="exact")))


def test_progress_remembers_when_the_best_fell() -> None:
    assert [cycles for _, cycles in improving().curve] == [120, 90, 80]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_table_fits_and_shows_the_curve(width: int) -> None:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(table_of("tree_hash height=10,rounds=16,batch=256 values", BUDGET, improving()))
    lines = captured.get().splitlines()
    assert all(len(line) <= width for line in lines)
    (curve,) = [line for line in lines if "curve" in line]
    assert "120" in curve
    assert "▁ 80" in curve


def test_plain_lines_tell_the_stage_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with live_view("title", BUDGET) as watch:
        watch.progress.stage = "random"
        watch()
        watch()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("title: stage random")
