"""The search on one variant of a machine: what a worker runs."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from machine.errors import SlotsmithError, UserError
from problems.checking.users_code import mistake_in_users_code
from problems.knobs import KnobValue
from search.errors import AllocationError, IllegalScheduleError, ScratchExceededError, WrongOutputError
from search.explore.carrying import carried
from search.explore.variant import Program, VariantEnd, VariantResult
from search.processes.workers import InProcess
from search.strategy.budget import Budget
from search.strategy.pipeline import run_stages
from search.strategy.progress import unwatched
from search.strategy.solution import Solution
from search.strategy.stage import Context
from search.strategy.step import Step
from search.tasks.building import build_graph
from search.tasks.rewriting_knob import declared_knobs
from search.tasks.task import Task, TaskName
from search.tasks.validation import validate_candidate


@dataclass(frozen=True)
class VariantRequest:
    """What to search.

    Attributes:
        task: on the variant.
        fixed: knobs that keep a value; those that the variant does not know are passed over.
        seed: of everything drawn at random.
        steps: the stages.
        budget: of all of them.
        inputs: on which the winner is validated.
        start: a program for another variant to begin with, if it is one for this variant too.
    """

    task: TaskName
    fixed: Mapping[str, KnobValue]
    seed: str
    steps: tuple[Step, ...]
    budget: Budget
    inputs: int
    start: Program | None


def search_variant(request: VariantRequest) -> VariantResult:
    """Search; whatever goes wrong by name is in the result."""
    try:
        task = request.task.load()
        build_graph(task, _context(task, request).settings)
    except Exception as error:
        return VariantResult(VariantEnd.NO_GRAPH, why=_said(error))
    try:
        solution = _search(task, request)
        validate_candidate(task, solution.candidate(), request.inputs)
    except (WrongOutputError, IllegalScheduleError) as error:
        return VariantResult(VariantEnd.WRONG, why=str(error))
    except (ScratchExceededError, AllocationError) as error:
        return VariantResult(VariantEnd.NO_ROOM, why=str(error))
    except SlotsmithError as error:
        return VariantResult(VariantEnd.NO_PROGRAM, why=str(error))
    program = Program(solution.knobs, solution.incumbent.decision, solution.prepared.recipe)
    return VariantResult(VariantEnd.FOUND, program, solution.bound)


def _context(task: Task, request: VariantRequest) -> Context:
    declared = {knob.name for knob in declared_knobs(task)}
    fixed = {name: value for name, value in request.fixed.items() if name in declared}
    return Context(task, request.task, fixed, request.seed, InProcess())


def _search(task: Task, request: VariantRequest) -> Solution:
    """The best solution of the stages, or of what was carried over.

    Raises:
        SlotsmithError: there is none; says why.
    """
    context, watch = _context(task, request), unwatched()
    start = None if request.start is None else carried(task, request.start)
    run = run_stages(context, request.steps, start, request.budget, watch)
    found = run.uninterrupted()
    if found is None:
        raise _reason(watch.progress.failures)
    return found


def _reason(failures: Counter[str]) -> SlotsmithError:
    """Why no schedule led to a program: the failure that happened most often."""
    if not failures:
        return UserError("no schedule was through before the time was over: give more")
    name, _ = failures.most_common(1)[0]
    if name in (ScratchExceededError.__name__, AllocationError.__name__):
        return ScratchExceededError("no order of its operations that was tried holds few enough words")
    if name == WrongOutputError.__name__:
        return WrongOutputError("its programs do not do what the reference does")
    return UserError(name)


def _said(error: Exception) -> str:
    """What a kernel that cannot be built says, in a line."""
    found = mistake_in_users_code(error)
    message = str(found or error).splitlines() or [type(error).__name__]
    return message[0] if found or isinstance(error, SlotsmithError) else f"{type(error).__name__}: {message[0]}"
