"""What it takes to repeat a trial of a sweep, as an entry records it.

Task and knobs are the entry's own; the policy is not, for the entry's is the best of the walk that begins at this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from machine.errors import UserError
from search.files.schema import SchemaError, choice, integer, list_of, number, optional, row_of, table, text, where
from search.scheduling.policy import Policy, check_policy
from search.strategy.stage_work import StageWork, make_work

_FORMER_STAGES = {"local search": "moves"}
"""Names of stages in older recipes."""


@dataclass(frozen=True)
class TrialRecipe:
    """The values of a trial's request on which its result depends, beside task and knobs.

    Attributes:
        seed: of everything drawn at random.
        policy: the first to try.
        schedules: list schedules tried.
        stages: what the best of them went through.
    """

    KIND: ClassVar[str] = "trial"

    seed: str
    policy: Policy
    schedules: int
    stages: tuple[StageWork, ...]

    def to_json(self) -> dict[str, Any]:
        """The recipe as plain data."""
        return {
            "kind": self.KIND,
            "seed": self.seed,
            "policy": self.policy.to_json(),
            "schedules": self.schedules,
            "stages": [[work.stage, work.amount] for work in self.stages],
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "TrialRecipe":
        """Read what :meth:`to_json` gave.

        Raises:
            UserError: it is no such recipe.
        """
        try:
            _check(data, "")
        except SchemaError as error:
            raise UserError(f"not the recipe of a trial: {error}") from None
        return TrialRecipe(
            seed=data["seed"],
            policy=Policy.from_json(data["policy"]),
            schedules=data["schedules"],
            stages=tuple(make_work(stage, amount) for stage, amount in _stages(data)),
        )


_NAME = text(100, r".+")
_AMOUNT = number(0, 1e9)
_SHARED = {
    "kind": choice(TrialRecipe.KIND),
    "seed": text(200),
    "policy": check_policy,
    "schedules": integer(1),
}
_check = where(
    "refinement",  # one or none, in entries of format 2
    table({**_SHARED, "refinement": optional(table({"method": _NAME, "work": _AMOUNT}))}),
    table({**_SHARED, "stages": list_of(row_of(_NAME, _AMOUNT), 100)}),
)


def _stages(data: Mapping[str, Any]) -> list[list[Any]]:
    """The stages of a recipe of either format."""
    if "stages" in data:
        stages: list[list[Any]] = data["stages"]
        return stages
    refined = data["refinement"]
    return [] if refined is None else [[_FORMER_STAGES.get(refined["method"], refined["method"]), refined["work"]]]
