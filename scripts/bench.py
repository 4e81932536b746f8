"""Prints the speed of simulators and scheduler on the headline problem, on one core; exit 1 if one is too slow.

Run it on an idle machine: `python scripts/bench.py`.
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from machine.batch import simulate
from machine.decoded import decode_program
from machine.errors import UserError
from machine.interpreter import interpret
from machine.model import load_machine
from machine.program import Program
from problems.knobs import default_settings
from problems.loader import load_problem
from problems.problem import parse_shape
from search.analysis.prepared_graph import PreparedGraph
from search.board.leaderboard import Leaderboard
from search.scheduling.decide import decide
from search.scheduling.incumbent import incumbent_of
from search.scheduling.justification import justify
from search.scheduling.moves import try_moves
from search.scheduling.policy import Policy, default_policy, sample_policy
from search.tasks.building import build_prepared
from search.tasks.candidate import make_candidate
from search.tasks.task import Task
from search.tasks.validation import validate_candidate

HEADLINE = "height=10,rounds=16,batch=256"
BATCH_INPUTS = 1024
PLAIN_INPUTS = 5
SCHEDULES = 40
MOVES = 100

MOST_PLAIN_MILLISECONDS = 40.0
LEAST_BATCH_RATIO = 150.0
LEAST_SCHEDULES = 100.0
MOST_MOVE_MILLISECONDS = 10.0


def seconds(action: Callable[[], object], repeats: int = 3) -> float:
    """The median time of an action, after one run to warm up."""
    action()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def headline_program(task: Task, prepared: PreparedGraph) -> tuple[Program, str]:
    """The best program on the leaderboard, or that of the default policy."""
    board = Leaderboard(Path(__file__).parent.parent / "results")
    try:
        entry = board.find(f"tree_hash:{HEADLINE}")
        return board.program(entry), f"{entry.id}, {entry.cycles} cycles"
    except UserError:
        candidate = make_candidate(prepared, decide(prepared, default_policy(task.machine)))
        return candidate.program, f"default knobs and policy, {candidate.cycles} cycles"


def seconds_of_a_move(prepared: PreparedGraph, policies: Sequence[Policy]) -> float:
    """The median time of a move of local search from the best of some policies, once that is justified."""
    made = [(decide(prepared, policy), policy) for policy in policies]
    decision, policy = min(made, key=lambda pair: pair[0].schedule.length)
    start = justify(prepared, incumbent_of(prepared.flat, decision, policy.engine_order))
    return seconds(lambda: try_moves(prepared, start, MOVES, "bench")) / MOVES


def main() -> int:
    """Measure, print, and return the exit code."""
    problem, machine = load_problem("tree_hash"), load_machine("takehome")
    task = Task(problem, parse_shape(problem, HEADLINE), problem.categories[0], machine)
    knobs = default_settings(problem.knobs(task.shape, task.category, machine))
    prepared = build_prepared(task, knobs)
    program, which = headline_program(task, prepared)
    memories = problem.inputs(task.shape, BATCH_INPUTS, seed=1)
    plain_inputs = [memories[row].tolist() for row in range(PLAIN_INPUTS)]

    plain = seconds(lambda: [interpret(program, memory, machine) for memory in plain_inputs]) / PLAIN_INPUTS
    decoded = decode_program(program, machine)
    batch = seconds(lambda: simulate(decoded, memories, machine)) / BATCH_INPUTS
    random = Random(0)
    policies = [sample_policy(machine, random) for _ in range(SCHEDULES)]
    schedule = seconds(lambda: [decide(prepared, policy) for policy in policies]) / SCHEDULES
    move = seconds_of_a_move(prepared, policies)

    def trial() -> None:
        built = build_prepared(task, knobs)
        validate_candidate(task, make_candidate(built, decide(built, policies[0])), inputs=64)

    whole = seconds(trial)
    lines = [
        (
            "plain interpreter, an input",
            f"{plain * 1e3:.1f} ms",
            f"<= {MOST_PLAIN_MILLISECONDS:.0f} ms",
            plain * 1e3 <= MOST_PLAIN_MILLISECONDS,
        ),
        ("batch simulator, an input", f"{batch * 1e3:.3f} ms", "", True),
        (
            "batch against plain, inputs per second",
            f"{plain / batch:.0f} x",
            ">= 150 x",
            plain / batch >= LEAST_BATCH_RATIO,
        ),
        (
            "list schedules per second, allocated",
            f"{1 / schedule:.0f}",
            f">= {LEAST_SCHEDULES:.0f}",
            1 / schedule >= LEAST_SCHEDULES,
        ),
        (
            "move of local search, justified where it is not much longer",
            f"{move * 1e3:.1f} ms",
            f"<= {MOST_MOVE_MILLISECONDS:.0f} ms",
            move * 1e3 <= MOST_MOVE_MILLISECONDS,
        ),
        ("trials per second, knobs to validated program", f"{1 / whole:.2f}", "", True),
    ]
    table = Table(title=f"tree_hash {HEADLINE} ({which}), one core", title_justify="left")
    for column in ("measured", "here", "wanted", ""):
        table.add_column(column)
    for what, here, wanted, holds in lines:
        table.add_row(what, here, wanted, "" if not wanted else "ok" if holds else "TOO SLOW")
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    return 0 if all(holds for *_, holds in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
