"""What it takes to repeat a search whose trials were counted, as an entry records it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from machine.errors import UserError
from problems.knobs import KnobValue


@dataclass(frozen=True)
class SearchRecord:
    """The settings on which the result of a search without a time limit depends.

    Attributes:
        trials: counted, of the random search and what follows it.
        seed: of knobs and policies.
        fixed: knobs the user had set.
    """

    KIND: ClassVar[str] = "search"

    trials: int
    seed: int
    fixed: dict[str, KnobValue]

    def to_json(self) -> dict[str, Any]:
        """The record as plain data."""
        return {"kind": self.KIND, "trials": self.trials, "seed": self.seed, "fixed": dict(self.fixed)}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "SearchRecord":
        """Read what :meth:`to_json` gave.

        Raises:
            UserError: it is no such record.
        """
        try:
            return SearchRecord(int(data["trials"]), int(data["seed"]), dict(data["fixed"]))
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f"not the record of a search: {error}") from None
