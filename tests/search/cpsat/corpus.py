"""Saved models with known optima: ``python -m tests.search.cpsat.corpus`` writes them anew after a change of the model.

A model is kept as the solver reads it, with its hint, so that another version of the solver meets the same problem.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from machine.model import Machine
from problems.loader import load_problem
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.chains_and_work import lower_bound
from search.cpsat.lane_groups import Granularity
from search.cpsat.solve import solve_exact
from search.solver.solve_outcome import SolveLimits, SolveOutcome, Status
from search.tasks.building import build_prepared
from search.tasks.task import TaskName
from tests.search.cases import TAKEHOME, best_of_lists

FOLDER = Path(__file__).parents[2] / "golden" / "cpsat"
LIMITS = SolveLimits(60.0, workers=1)

SLOW = TAKEHOME.variant(
    "slow",
    latencies={
        **{("load", name): 4 for name in ("load", "load_offset", "vload")},
        **{(engine, "*"): 3 for engine in ("alu", "valu")},
        ("valu", "multiply_add"): 3,
    },
)


@dataclass(frozen=True)
class Saved:
    """A kernel by default knobs on a machine; none is scheduled optimally by lists, or bound exactly by ours."""

    file: str
    problem: str
    shape: str
    machine: Machine

    @property
    def path(self) -> Path:
        return FOLDER / self.file

    def prepared(self) -> PreparedGraph:
        category = load_problem(self.problem).categories[0]
        task = TaskName(self.problem, self.shape, category, self.machine).load()
        knobs = {knob.name: knob.default for knob in task.problem.knobs(task.shape, task.category, task.machine)}
        return build_prepared(task, knobs)

    def solve(self, save_to: Path | None = None, limits: SolveLimits = LIMITS) -> SolveOutcome:
        """The model as it is built today, solved, from the best of a few list schedules."""
        prepared = self.prepared()
        start, bound = best_of_lists(prepared, 0, 20).schedule, lower_bound(prepared).cycles
        words = self.machine.scratch_words
        return solve_exact(prepared, start, bound, Granularity.SINGLE_LANES, words, limits, save_to)


SAVED = (
    Saved("polynomial.pbtxt", "polynomial", "", TAKEHOME),
    Saved("matrix_product-slow.pbtxt", "matrix_product", "n=4", SLOW),
    Saved("fir-small.pbtxt", "fir", "", TAKEHOME.variant("small", scratch_words=84)),
)


def optima() -> dict[str, int]:
    """The recorded optimum of each saved model."""
    return {str(file): int(cycles) for file, cycles in json.loads((FOLDER / "optima.json").read_text()).items()}


def write() -> Iterator[str]:
    """Save every model and record its optimum; yields a line for each."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = {}
    for saved in SAVED:
        outcome = saved.solve(saved.path)
        assert outcome.status is Status.OPTIMAL, saved
        assert outcome.schedule is not None
        found[saved.file] = outcome.schedule.length
        yield f"{saved.file}: {outcome.schedule.length} cycles, {outcome.solve_seconds:.1f} s"
    (FOLDER / "optima.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for line in write():
        print(line)
