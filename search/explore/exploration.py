"""Explores a machine: searches on it and on its variants, all with the same effort, and compares."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from machine.errors import UserError
from problems.knobs import KnobValue
from search.explore.carrying import shared
from search.explore.variant import Program, Variant, VariantEnd, VariantResult
from search.explore.variant_search import VariantRequest, search_variant
from search.processes.ending_signals import heed_signals
from search.processes.isolate import Ending
from search.strategy.budget import Budget
from search.strategy.step import SEARCH_STEPS, Step
from search.sweep.executors.executor import Call, Ended, Executor
from search.tasks.task import Task, TaskName

_WAIT_SECONDS = 0.5

_ENDS = {
    Ending.TIMED_OUT: VariantEnd.TIMED_OUT,
    Ending.OUT_OF_MEMORY: VariantEnd.OUT_OF_MEMORY,
}
"""Of calls that did not return; all others have crashed."""


@dataclass(frozen=True)
class ExploreSettings:
    """How to search.

    Attributes:
        budget: of each variant.
        seed: of everything drawn at random.
        inputs: on which winners are validated.
        fixed: knobs that keep a value.
        steps: the stages.
    """

    budget: Budget
    seed: int = 0
    inputs: int = 256
    fixed: Mapping[str, KnobValue] | None = None
    steps: tuple[Step, ...] = SEARCH_STEPS


@dataclass(frozen=True)
class Row:
    """A variant and its result."""

    variant: Variant
    result: VariantResult


@dataclass(frozen=True)
class Exploration:
    """What an exploration has come to.

    Attributes:
        task: on the machine itself.
        base: the result of the machine itself; it has a program.
        rows: the variants that have ended, in the order in which they were asked for.
        asked: how many were.
    """

    task: TaskName
    base: VariantResult
    rows: tuple[Row, ...]
    asked: int

    @cached_property
    def ranked(self) -> tuple[Row, ...]:
        """The variants by cycles saved, most first; those without a program come last."""
        return tuple(sorted(self.rows, key=lambda row: (row.result.cycles is None, row.result.cycles or 0)))

    @property
    def is_interrupted(self) -> bool:
        """Whether some variants have not ended."""
        return len(self.rows) < self.asked

    def saved(self, row: Row) -> int | None:
        """Cycles that a variant saves; less than 0 where it needs more, ``None`` where it has no program."""
        cycles, base = row.result.cycles, self.base.cycles
        return None if cycles is None or base is None else base - cycles


Watch = Callable[[Variant, VariantResult, int, int], None]
"""Is told of each search that has ended: variant, result, how many have ended, and of how many."""


def explore(
    task: Task, name: TaskName, variants: Sequence[Variant], settings: ExploreSettings, executor: Executor, watch: Watch
) -> Exploration:
    """Search on the machine, then on its variants and once more on itself, each from the program of the first search.

    Ctrl-C during the second part keeps the variants that have ended.

    Raises:
        UserError: there is no program for the machine itself; says why.
    """
    itself = Variant(None, 0, task.machine)
    total = 2 + len(variants)
    (first,) = _run_all([itself], name, settings, None, executor, _Counted(watch, 0, total)).values()
    if first.program is None:
        raise UserError(f"{name.problem} has no program on {task.machine.name}: {first.end.value} ({first.why})")
    everyone = [itself, *variants]
    results = _run_all(everyone, name, settings, first.program, executor, _Counted(watch, 1, total))
    ended = [number for number in range(len(everyone)) if number in results or number == 0]
    if 0 not in results or results[0].program is None:
        results[0] = first
    known = [results[number] for number in ended]
    found = shared(task, [everyone[number] for number in ended], known, settings.inputs)
    rows = [Row(everyone[number], result) for number, result in zip(ended, found, strict=True) if number > 0]
    return Exploration(name, found[0], tuple(rows), len(variants))


@dataclass(frozen=True)
class _Counted:
    """A watch with the number of searches before those it is told of, and of all."""

    watch: Watch
    before: int
    total: int

    def tell(self, variant: Variant, result: VariantResult, ended: int) -> None:
        self.watch(variant, result, self.before + ended, self.total)


def _run_all(
    variants: Sequence[Variant],
    name: TaskName,
    settings: ExploreSettings,
    start: Program | None,
    executor: Executor,
    watch: "_Counted",
) -> dict[int, VariantResult]:
    """The results of variants by position; after Ctrl-C those that there are, unless there is no start."""
    results: dict[int, VariantResult] = {}
    for number, variant in enumerate(variants):
        if variant.machine is None:
            results[number] = VariantResult(VariantEnd.NO_MACHINE, why=variant.why)
        else:
            request = _request(replace(name, machine=variant.machine), settings, start)
            executor.submit(Call(number, search_variant, request))
    try:
        while len(results) < len(variants):
            heed_signals()
            for ended in executor.wait(_WAIT_SECONDS):
                results[ended.number] = _result(ended)
                watch.tell(variants[ended.number], results[ended.number], len(results))
    except KeyboardInterrupt:
        executor.cancel()
        if start is None:
            raise
    return results


def _request(task: TaskName, settings: ExploreSettings, start: Program | None) -> VariantRequest:
    """The second search on a machine has other random choices than the first."""
    seed = str(settings.seed + (start is not None))
    fixed = dict(settings.fixed or {})
    return VariantRequest(task, fixed, seed, settings.steps, settings.budget, settings.inputs, start)


def _result(ended: Ended) -> VariantResult:
    outcome = ended.outcome
    if isinstance(outcome.value, VariantResult):
        return outcome.value
    return VariantResult(_ENDS.get(outcome.ending, VariantEnd.CRASHED), why=outcome.why)
