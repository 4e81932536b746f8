"""Compiles what every search needs, once for these sources and before the time of the search begins."""

from concurrent.futures import wait

from machine.compiled_cache import is_cached
from machine.lockstep import run_group
from problems.knobs import default_settings
from search.processes.workers import Runner
from search.scheduling.backward_kernel import schedule_backward
from search.scheduling.list_kernel import list_schedule
from search.scheduling.policy import default_policy
from search.strategy.batch_run import run_batch
from search.strategy.progress import Watch
from search.strategy.sampler import BatchRequest
from search.strategy.solution import list_solution
from search.strategy.stages.moves_stage import walk_moves
from search.tasks.building import build_prepared
from search.tasks.rewriting_knob import declared_knobs
from search.tasks.task import resolve_task

COMPILING = "compiling"
"""What the progress of a search names as its stage meanwhile."""

_LAST = list_schedule, schedule_backward, run_group
"""What a search compiles first, in its middle, and last."""

_SMALL = "tree_hash", "height=2,rounds=2,batch=16", "values", "takehome"


def compile_first(runner: Runner, watch: Watch) -> None:
    """Where nothing is compiled yet, compile it in one worker, and let the clock of the progress begin after that.

    That takes half a minute, and minutes on a busy machine; workers that begin at once would all compile the same.
    """
    if _is_compiled():
        return
    watch.progress.stage = COMPILING
    watch()
    running = runner.submit(search_small)
    while not running.done():
        wait([running], timeout=0.5)
        watch()
    running.result()
    watch.progress.begin()


def compile_here() -> None:
    """Where nothing is compiled yet, compile it in this process."""
    if not _is_compiled():
        search_small()


def _is_compiled() -> bool:
    return all(map(is_cached, _LAST))


def search_small() -> None:
    """A batch and a move on a small graph; what is compiled for one is compiled for any."""
    task, name = resolve_task(*_SMALL)
    knobs = default_settings(declared_knobs(task))
    run_batch(name, BatchRequest(0, "0", knobs, None, 1), None)
    start = list_solution(build_prepared(task, knobs), knobs, default_policy(task.machine))
    walk_moves(name, tuple(knobs.items()), None, start.incumbent, 1, "0")
