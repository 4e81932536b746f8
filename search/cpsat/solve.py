"""Builds and solves the exact model, in this process; see :mod:`search.cpsat.exact` for the safe way to call it."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from ortools.sat.python import cp_model

from machine.graph.decision import Schedule
from search.analysis.prepared_graph import PreparedGraph
from search.cpsat.exact_model import add_hint, build_exact, read_schedule
from search.cpsat.lane_groups import Granularity
from search.cpsat.start_variables import Horizon
from search.solver.cp_solver import STATUSES, cp_solver, parameters
from search.solver.solve_outcome import SolveLimits, SolveOutcome, SolverNews, Status

_HINT_TAKEN = "hint is complete and is feasible"


def solve_exact(
    prepared: PreparedGraph,
    incumbent: Schedule | int,
    bound: int,
    granularity: Granularity,
    scratch_words: int,
    limits: SolveLimits,
    save_to: Path | None = None,
    tell: Callable[[SolverNews], None] | None = None,
) -> SolveOutcome:
    """Look for the shortest schedule, of at least ``bound`` cycles, that is no longer than the incumbent.

    Args:
        prepared: the graph.
        incumbent: a schedule to start from, hinted; or, where there is none, the most cycles to look at.
        bound: proven; the makespan's floor.
        granularity: what start variables stand for.
        scratch_words: that may be live at once.
        limits: when to end.
        save_to: writes the model there, as text.
        tell: is told of schedules and bounds as the solver finds them, which changes nothing of what it does.
    """
    begun = time.monotonic()
    most = incumbent if isinstance(incumbent, int) else incumbent.length
    exact = build_exact(prepared, granularity, Horizon(bound, most), scratch_words)
    if not isinstance(incumbent, int):
        add_hint(exact, prepared, incumbent)
    if save_to is not None:
        exact.model.export_to_file(str(save_to))
    built = time.monotonic()
    solver = cp_solver(limits)
    log: list[str] = []
    solver.log_callback = log.append
    told = None if tell is None else _Told(tell, SolverNews(built, None, bound))
    solver.best_bound_callback = None if told is None else told.on_bound
    status = STATUSES[solver.solve(exact.model, told)]
    text = "\n".join(log)
    found = status in (Status.OPTIMAL, Status.FEASIBLE)
    return SolveOutcome(
        status=status,
        schedule=read_schedule(exact, prepared, solver) if found else None,
        bound=max(bound, int(solver.best_objective_bound)) if found else bound,
        work=solver.deterministic_time,
        build_seconds=built - begun,
        solve_seconds=time.monotonic() - built,
        hint_feasible=_HINT_TAKEN in text,
        ignored=ignored_parameters(text, parameters(limits)),
    )


class _Told(cp_model.CpSolverSolutionCallback):
    """Tells of what the solver finds; its threads call it one at a time."""

    def __init__(self, tell: Callable[[SolverNews], None], news: SolverNews) -> None:
        super().__init__()
        self._tell = tell
        self._news = news

    def on_solution_callback(self) -> None:
        """Take in a shorter schedule."""
        self._note(replace(self._news, cycles=round(self.objective_value)))

    def on_bound(self, bound: float) -> None:
        """Take in a higher bound."""
        self._note(replace(self._news, bound=max(self._news.bound, int(bound))))

    def _note(self, news: SolverNews) -> None:
        if news != self._news:
            self._news = news
            self._tell(news)


def ignored_parameters(log: str, settings: Mapping[str, bool | int | float]) -> tuple[str, ...]:
    """Parameters that the solver's log does not report with the value they were given.

    The log shows those that differ from their defaults in one line.
    """
    line = next((line for line in log.splitlines() if line.startswith("Parameters:")), "")
    shown = dict(re.findall(r"(\w+): (\S+)", line.removeprefix("Parameters:")))
    missing = []
    for name, value in settings.items():
        text = shown.get(name)
        if text is None:
            at_default = (name == "random_seed" and value == 0) or (name == "num_workers" and value == 0)
            if not at_default and not (name == "random_seed" and value == 1):
                missing.append(name)
        elif isinstance(value, bool):
            if text != str(value).lower():
                missing.append(name)
        elif abs(float(text) - value) > 1e-6 * max(1.0, abs(value)):
            missing.append(name)
    return tuple(missing)
