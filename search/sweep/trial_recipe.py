"""What it takes to repeat a trial of a sweep, as an entry records it.

Task and knobs are the entry's own; the policy is not, for the entry's is the best of the walk that begins at this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from machine.errors import UserError
from search.scheduling.policy import Policy
from search.sweep.refinement import Method, Refinement


@dataclass(frozen=True)
class TrialRecord:
    """The values of a trial's request on which its result depends, beside task and knobs.

    Attributes:
        seed: of everything drawn at random.
        policy: the first to try.
        schedules: list schedules tried.
        refinement: what was done with the best of them; ``None`` for nothing.
    """

    KIND: ClassVar[str] = "trial"

    seed: str
    policy: Policy
    schedules: int
    refinement: Refinement | None

    def to_json(self) -> dict[str, Any]:
        """The record as plain data."""
        refined = self.refinement
        return {
            "kind": self.KIND,
            "seed": self.seed,
            "policy": self.policy.to_json(),
            "schedules": self.schedules,
            "refinement": None if refined is None else {"method": refined.method.value, "work": refined.work},
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "TrialRecord":
        """Read what :meth:`to_json` gave.

        Raises:
            UserError: it is no such record.
        """
        try:
            refined = data["refinement"]
            return TrialRecord(
                seed=str(data["seed"]),
                policy=Policy.from_json(data["policy"]),
                schedules=int(data["schedules"]),
                refinement=None if refined is None else Refinement(Method(refined["method"]), float(refined["work"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f"not the record of a trial: {error}") from None
