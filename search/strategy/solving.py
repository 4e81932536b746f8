"""``slotsmith solve``, without the command line: exact solving of one graph of a task."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from machine.graph.decision import Decision
from problems.knobs import KnobValue
from search.analysis.prepared_graph import PreparedGraph
from search.board.entry import Effort, Entry, make_entry
from search.board.leaderboard import Leaderboard
from search.cpsat.exact import ExactResult
from search.cpsat.granularity import granularity_for, solve_whole
from search.cpsat.lane_groups import Granularity
from search.scheduling.policy_walk import best_of_walk
from search.scratch.scratch_use import ScratchUse, scratch_use
from search.solver.solve_outcome import SolveLimits
from search.strategy.sampler import PolicyWalk
from search.tasks.building import build_prepared
from search.tasks.candidate import make_candidate
from search.tasks.task import Task
from search.tasks.validation import validate_candidate

INCUMBENT_TRIALS = 200
"""List schedules tried for a start."""


@dataclass(frozen=True)
class SolveReport:
    """A solved graph: the result, the size of the graph, the scratch taken, and the validated entry."""

    result: ExactResult
    operations: int
    start_cycles: int
    granularity: Granularity
    scratch: ScratchUse
    entry: Entry
    is_record: bool


def solve_task(
    task: Task,
    problem_name: str,
    knobs: Mapping[str, KnobValue],
    limits: SolveLimits,
    inputs: int,
    board: Leaderboard,
) -> SolveReport:
    """Solve the graph that ``knobs`` give, validate the best schedule, and keep it if it is a record.

    Raises:
        TrialError: no list schedule leads to a program, or the best is not what it claims to be.
    """
    prepared = build_prepared(task, knobs)
    start = best_list_decision(prepared, limits.seed)
    result = solve_whole(prepared, start, limits)
    candidate = make_candidate(prepared, result.decision)
    validation = validate_candidate(task, candidate, inputs)
    spent = result.outcome.build_seconds + result.outcome.solve_seconds if result.outcome else 0.0
    effort = Effort("exact solving", limits.seed, INCUMBENT_TRIALS, round(spent, 1), limits.workers)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    entry = make_entry(task, problem_name, candidate, result.bound, validation, knobs, None, effort, now)
    is_record = board.add(entry, candidate)
    use = scratch_use(prepared.flat, result.decision)
    operations, start_cycles = prepared.flat.operations, start.schedule.length
    return SolveReport(result, operations, start_cycles, granularity_for(prepared), use, entry, is_record)


def best_list_decision(prepared: PreparedGraph, seed: int, trials: int = INCUMBENT_TRIALS) -> Decision:
    """The best of some list schedules: the default policy, then a walk from it."""
    walk = PolicyWalk(prepared.machine, None, Random(seed))
    return best_of_walk(prepared, walk, trials, Counter())[1]
