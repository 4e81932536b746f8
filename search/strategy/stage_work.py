"""How much of which stage: by a measure that does not depend on time, so that it can be repeated anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from machine.errors import UserError
from search.strategy.budget import Budget
from search.strategy.pipeline import run_stages
from search.strategy.progress import Watch
from search.strategy.registry import STAGES
from search.strategy.solution import Solution
from search.strategy.stage import Context, Measure, Stage
from search.strategy.stages.moves_stage import MovesStage
from search.strategy.step import Step


@dataclass(frozen=True)
class StageWork:
    """A stage, and how much of it.

    Attributes:
        stage: its name.
        amount: list schedules or deterministic time, as the stage counts.
    """

    stage: str
    amount: float

    def __str__(self) -> str:
        amount = int(self.amount) if self.amount.is_integer() else self.amount
        return f"{self.stage}:{amount}"


def parse_works(text: str) -> tuple[StageWork, ...]:
    """The stages in ``name:amount,...``; ``none`` for no stage.

    Raises:
        UserError: an unknown stage, or an amount that is none.
    """
    if text == "none":
        return ()
    works = []
    for part in text.split(","):
        name, _, amount = part.strip().partition(":")
        try:
            works.append(make_work(name, float(amount)))
        except ValueError:
            raise UserError(f"write '{part}' as stage:amount, as in moves:400") from None
    return tuple(works)


def format_works(works: Sequence[StageWork]) -> str:
    """The stages as :func:`parse_works` reads them."""
    return ",".join(map(str, works)) or "none"


def make_work(name: str, amount: float) -> StageWork:
    """So much of a stage.

    Raises:
        UserError: there is no such stage, it starts from nothing, or the amount is none.
    """
    stage = STAGES.get(name)
    if stage is None or not stage.needs_start:
        refining = (known.name for known in STAGES.values() if known.needs_start)
        raise UserError(f"there is no stage '{name}' that goes on from a schedule: use {', '.join(refining)}")
    if not 0 < amount <= 1e9 or (stage.measure is Measure.SCHEDULES and amount != int(amount)):
        wanted = "an integer of at least 1" if stage.measure is Measure.SCHEDULES else "a number above 0"
        raise UserError(f"stage {name} takes {wanted}, not {amount:g}")
    return StageWork(name, float(amount))


def do_works(context: Context, works: Sequence[StageWork], start: Solution, watch: Watch) -> Solution:
    """Run stages one after the other on ``start``, with one thread.

    Raises:
        KeyboardInterrupt: Ctrl-C came before they were through.
    """
    solution = start
    for work in works:
        step = Step(_stage(work.stage), schedules=1.0)
        budget = Budget(schedules=int(work.amount), work=work.amount)
        solution = run_stages(context, (step,), solution, budget, watch).uninterrupted() or solution
    return solution


def _stage(name: str) -> Stage:
    """The stage as one worker runs it: one walk of moves after the other, where a session has several at once."""
    return MovesStage(walks=1) if name == MovesStage.name else STAGES[name]()
