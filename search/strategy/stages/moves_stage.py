"""The stage of moves over the order of operations, on all workers."""

from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass

from problems.knobs import KnobValue
from rewriting.recipe import Recipe
from search.scheduling.incumbent import Incumbent
from search.scheduling.moves import Walked, try_moves
from search.strategy.budget import Budget
from search.strategy.progress import Watch
from search.strategy.solution import Solution
from search.strategy.stage import Context, Measure, Stage, StageEnd, StageEnding
from search.strategy.stopwatch import Stopwatch
from search.tasks.building import prepared_again
from search.tasks.candidate import make_candidate
from search.tasks.rewriting_knob import as_it_was
from search.tasks.task import TaskName
from search.tasks.validation import QUICK_INPUTS, validate_program


@dataclass(frozen=True)
class MovesStage(Stage):
    """Walks of moves in rounds, each of which starts from the best of the round before.

    Attributes:
        walks: in a round, whatever the workers, so that the result depends on the seed alone.
        moves: in a walk; fewer where the budget ends.
    """

    name = "moves"
    summary = "shifts operations in the order in which the list scheduler takes them, and justifies what comes of it"
    measure = Measure.SCHEDULES

    walks: int = 4
    moves: int = 100

    def run(self, context: Context, start: Solution | None, budget: Budget, watch: Watch) -> StageEnd:
        assert start is not None
        rounds = _Rounds(self, context, start, Stopwatch(budget.seconds), watch)
        try:
            rounds.run(budget.schedules)
        except KeyboardInterrupt:
            return StageEnd(rounds.solution, StageEnding.INTERRUPTED)
        ending = StageEnding.COMPLETED if budget.is_counted else StageEnding.CUT_SHORT
        return StageEnd(rounds.solution, ending)


class _Rounds:
    """The rounds of one stage; ``solution`` is the best so far."""

    def __init__(
        self, stage: MovesStage, context: Context, start: Solution, stopwatch: Stopwatch, watch: Watch
    ) -> None:
        self._stage = stage
        self._context = context
        self._stopwatch = stopwatch
        self._watch = watch
        self.solution = start

    def run(self, most: int | None) -> None:
        """Rounds until time or ``most`` moves are spent, or the schedule is as short as the bound allows."""
        stage, state = self._stage, self.solution.incumbent
        tried = number = 0
        while not self._stopwatch.is_over and not self.solution.is_optimal:
            left = stage.moves if most is None else (most - tried) // stage.walks
            moves = min(stage.moves, left)
            if moves == 0:
                return
            walks = self._round(state, moves, f"{self._context.seed}:{number}")
            if walks is None:
                return
            tried += stage.walks * moves
            number += 1
            shortest = min(found.cycles for found in walks)
            state = next(found for found in walks if found.cycles == shortest)
            self._note(state)

    def _round(self, state: Incumbent, moves: int, seed: str) -> list[Incumbent] | None:
        """One round, each walk of so many moves; ``None`` if time ran out, what was found by then being noted."""
        running: dict[Future[Walked], int] = {}
        found: dict[int, Incumbent] = {}
        recipe = self.solution.prepared.recipe
        knobs = tuple(as_it_was(self.solution.knobs, recipe).items())
        try:
            for number in range(self._stage.walks):
                future = self._context.runner.submit(
                    walk_moves,
                    self._context.name,
                    knobs,
                    recipe,
                    state,
                    moves,
                    f"{seed}:{number}",
                    self._stopwatch.end,
                    self.solution.bound.cycles,
                )
                running[future] = number
            while running:
                done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in done:
                    walked = future.result()
                    found[running.pop(future)] = walked.best
                    self._watch.progress.schedules += walked.moves
                    if self._stopwatch.is_timed:
                        self._note(walked.best)
                self._watch()
                if self._stopwatch.is_over:  # those that run end soon, by themselves
                    running = {future: number for future, number in running.items() if not future.cancel()}
        finally:
            for future in running:
                future.cancel()
        return [found[number] for number in range(self._stage.walks)] if len(found) == self._stage.walks else None

    def _note(self, state: Incumbent) -> None:
        self.solution = self.solution.with_incumbent(state)
        self._watch.note(self.solution.cycles, self.solution.bound, lambda: self.solution)


def walk_moves(
    name: TaskName,
    knobs: tuple[tuple[str, KnobValue], ...],
    recipe: Recipe | None,
    start: Incumbent,
    moves: int,
    seed: str,
    until: float | None = None,
    least: int = 0,
) -> Walked:
    """A walk of moves on the graph of some knobs; a shorter schedule is simulated before it is reported.

    See :func:`~search.scheduling.moves.try_moves`.
    """
    prepared = prepared_again(name, knobs, recipe)
    walked = try_moves(prepared, start, moves, seed, until, least)
    if walked.best.cycles < start.cycles:
        validate_program(name.load(), make_candidate(prepared, walked.best.decision).program, QUICK_INPUTS)
    return walked
