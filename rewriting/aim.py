"""What a rewritten graph is to have little of: points between the least work and the least depth."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

WHOLE = (0.0, 1.0)
"""The span of a whole chain: its inputs are 0, its results 1."""


class Objective(Enum):
    """What decides between graphs."""

    WORK = "work"
    DEPTH = "depth"
    CYCLES = "cycles"


@dataclass(frozen=True, slots=True)
class Aim:
    """A point between work and depth; of the slack, the share and the span one is given at most.

    Attributes:
        objective: work alone, depth alone, or whichever of them decides about cycles.
        slack: with ``DEPTH``, how far of the way from the least depth to that of the least work a graph may be.
        share: with ``DEPTH``, the share of the copies of each template that are made so; the others have least work.
        span: with ``DEPTH``, from where to where along its chain a copy is made so; before and after there is least
            work.
    """

    objective: Objective
    slack: float = 0.0
    share: float = 1.0
    span: tuple[float, float] = WHOLE

    @property
    def is_between(self) -> bool:
        """Whether it is some of each: neither least work nor least depth as a whole."""
        return self.slack > 0 or self.share < 1 or self.span != WHOLE


AIMS: Mapping[str, Aim] = {
    "cycles": Aim(Objective.CYCLES),
    "work": Aim(Objective.WORK),
    "depth": Aim(Objective.DEPTH),
    "depth+25%": Aim(Objective.DEPTH, slack=0.25),
    "depth+50%": Aim(Objective.DEPTH, slack=0.5),
    "depth+75%": Aim(Objective.DEPTH, slack=0.75),
    "depth:25%": Aim(Objective.DEPTH, share=0.25),
    "depth:50%": Aim(Objective.DEPTH, share=0.5),
    "depth:75%": Aim(Objective.DEPTH, share=0.75),
    "depth@first25%": Aim(Objective.DEPTH, span=(0.0, 0.25)),
    "depth@first50%": Aim(Objective.DEPTH, span=(0.0, 0.5)),
    "depth@last50%": Aim(Objective.DEPTH, span=(0.5, 1.0)),
    "depth@last25%": Aim(Objective.DEPTH, span=(0.75, 1.0)),
}
"""By name: slack after ``+``, the share of the streams after ``:``, where along a stream's chain after ``@``."""
