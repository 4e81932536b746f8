"""Prints, as a table of Markdown, what rewriting does to the kernels that come with Slotsmith.

Work and depth are those of the graphs, cycles those of the best of 32 list schedules on a walk over policies, justified
and validated.
"""

import sys
from random import Random

from machine.errors import SlotsmithError
from machine.model import load_machine
from problems.knobs import KnobValue, default_settings
from problems.loader import BUILT_IN
from rewriting.work import measure
from search.analysis.prepared_graph import PreparedGraph
from search.scheduling.incumbent import incumbent_of
from search.scheduling.justification import justify
from search.scheduling.policy_walk import PolicyWalk, best_of_walk
from search.tasks.building import build_prepared
from search.tasks.candidate import make_candidate
from search.tasks.rewriting_knob import REWRITE
from search.tasks.task import Task, resolve_task
from search.tasks.validation import validate_candidate

AIMS = ("cycles", "work", "depth")
SCHEDULES = 32
INPUTS = 64


def scheduled(task: Task, prepared: PreparedGraph) -> int:
    """Cycles of a validated schedule."""
    policy, decision = best_of_walk(prepared, PolicyWalk(task.machine, None, Random(0)), SCHEDULES, {})
    best = justify(prepared, incumbent_of(prepared.flat, decision, policy.engine_order))
    return validate_candidate(task, make_candidate(prepared, best.decision), INPUTS).cycles


def row(name: str, machine: str) -> str:
    """A kernel at its default shape, before and after."""
    task, _ = resolve_task(name, "", None, load_machine(machine))
    knobs: dict[str, KnobValue] = default_settings(task.problem.knobs(task.shape, task.category, task.machine))
    plain = build_prepared(task, knobs)
    before, cycles = measure(plain.graph), scheduled(task, plain)
    after, least, chosen = before, cycles, "-"
    for aim in AIMS:
        prepared = build_prepared(task, {**knobs, REWRITE: aim})
        found = scheduled(task, prepared) if prepared.recipe is not None else cycles
        if found < least or (found == least and chosen == "-" and prepared.recipe is not None):
            after, least, chosen = measure(prepared.graph), found, aim
    figures = (before.work.cycles, after.work.cycles)
    work = " | ".join(f"{figure:.1f}" for figure in figures)
    return f"| {name} | {work} | {before.depth} | {after.depth} | {cycles} | {least} | {chosen} |"


def main() -> None:
    """Print the table for the kernels named, or for all but those of the tree of hashes."""
    names = sys.argv[1:] or [name for name in BUILT_IN if not name.startswith("tree_hash")]
    print("| kernel | work | rewritten | depth | rewritten | cycles | rewritten | aim |")
    print("|---|---|---|---|---|---|---|---|")
    for name in names:
        try:
            print(row(name, "takehome"), flush=True)
        except SlotsmithError as error:
            print(f"| {name} | {error} |")


if __name__ == "__main__":
    main()
