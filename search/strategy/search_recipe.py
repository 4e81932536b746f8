"""What it takes to repeat a search whose schedules were counted, as an entry records it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from machine.errors import UserError
from problems.knobs import KnobValue
from search.files.schema import (
    MOST,
    SchemaError,
    any_of,
    boolean,
    choice,
    integer,
    mapping,
    optional,
    table,
    text,
    where,
)
from search.strategy.step import SEARCH_STEPS, Step, parse_steps


@dataclass(frozen=True)
class SearchRecipe:
    """The settings on which the result of a search without a time limit depends.

    Attributes:
        schedules: counted, moves included.
        seed: of everything drawn at random.
        fixed: knobs that kept a value.
        stages: with their shares, as :func:`search.strategy.step.parse_steps` reads them; ``None`` for the default.
        rewrite: whether graphs were rewritten.
        hands_on: whether stages got the schedules that others left; they did not in former versions.
    """

    KIND: ClassVar[str] = "search"

    schedules: int
    seed: int
    fixed: dict[str, KnobValue]
    stages: str | None = None
    rewrite: bool = False
    hands_on: bool = True

    def steps(self) -> tuple[Step, ...]:
        """The stages as they were run.

        Raises:
            UserError: there is no such stage.
        """
        steps = SEARCH_STEPS if self.stages is None else parse_steps(self.stages)
        return steps if self.hands_on else tuple(replace(step, keeps_to_share=True) for step in steps)

    def to_json(self) -> dict[str, Any]:
        """The recipe as plain data."""
        return {
            "kind": self.KIND,
            "schedules": self.schedules,
            "seed": self.seed,
            "fixed": dict(self.fixed),
            "stages": self.stages,
            "hands_on": self.hands_on,
            **({"rewrite": True} if self.rewrite else {}),
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "SearchRecipe":
        """Read what :meth:`to_json` gave.

        Raises:
            UserError: it is no such recipe.
        """
        try:
            _check(data, "")
        except SchemaError as error:
            raise UserError(f"not the recipe of a search: {error}") from None
        schedules = data["trials"] if "trials" in data else data["schedules"]
        return SearchRecipe(
            schedules,
            data["seed"],
            dict(data["fixed"]),
            data.get("stages"),
            data.get("rewrite", False),
            data.get("hands_on", False),
        )


_SHARED = {
    "kind": choice(SearchRecipe.KIND),
    "seed": integer(),
    "fixed": mapping(any_of(integer(-MOST), text()), 10_000),
}
_OTHERS = {"stages": optional(text(10_000, r".+")), "rewrite": boolean, "hands_on": boolean}
_check = where(
    "trials",  # in entries of format 2
    table({**_SHARED, "trials": integer(1)}, _OTHERS),
    table({**_SHARED, "schedules": integer(1)}, _OTHERS),
)
