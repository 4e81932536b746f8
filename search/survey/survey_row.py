"""A row of a survey: what a search of one problem at one shape on one machine has come to."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import Enum
from typing import Any

NEAR_GAP = 0.03
"""The gap up to which a schedule is near its bound."""


class RowState(Enum):
    """How good a row is."""

    PROVEN = "proven optimal"
    NEAR = f"at most {NEAR_GAP:.0%} above its bound"
    APART = f"more than {NEAR_GAP:.0%} above its bound"
    NONE = "no program"


@dataclass(frozen=True)
class SurveyRow:
    """What has been found.

    Attributes:
        problem: name of the problem.
        shape: as users write it.
        machine: name of the machine.
        cycles: of the best program; ``None`` where there is none.
        bound: no schedule of the program's graph is shorter.
        argument: why, in words.
        entry: id of the program's entry.
        seconds: spent, in all runs.
        limit: seconds that the last run had, at most.
        workers: processes that it had.
        digests: of the problem's sources and of the machine, for which this holds.
        note: why there is no program.
    """

    problem: str
    shape: str
    machine: str
    cycles: int | None
    bound: int
    argument: str
    entry: str
    seconds: float
    limit: float
    workers: int
    digests: tuple[str, str]
    note: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What is searched."""
        return self.problem, self.shape, self.machine

    @property
    def gap(self) -> float:
        """How far above the bound, as a fraction of it."""
        return 0.0 if self.cycles is None else self.cycles / max(1, self.bound) - 1

    @property
    def state(self) -> RowState:
        """How good it is."""
        if self.cycles is None:
            return RowState.NONE
        if self.cycles <= self.bound:
            return RowState.PROVEN
        return RowState.NEAR if self.cycles <= (1 + NEAR_GAP) * self.bound else RowState.APART

    def to_json(self) -> dict[str, Any]:
        """The row as plain data."""
        return {**asdict(self), "digests": list(self.digests), "gap": round(self.gap, 4), "state": self.state.value}


def row_from_json(data: Mapping[str, Any]) -> SurveyRow:
    """Read what :meth:`SurveyRow.to_json` gave.

    Raises:
        ValueError: it is no row.
    """
    names = {field.name for field in fields(SurveyRow)}
    if not names - {"note"} <= data.keys():
        raise ValueError(f"a row has no {min(names - {'note'} - data.keys())}")
    row = SurveyRow(**{name: data[name] for name in names if name in data})
    numbers = (row.bound, row.seconds, row.limit, row.workers, row.cycles or 0)
    texts = (row.problem, row.shape, row.machine, row.argument, row.entry, row.note)
    if not all(type(each) in (int, float) for each in numbers) or not all(isinstance(each, str) for each in texts):
        raise ValueError("a row has a number or a text of the wrong type")
    if not isinstance(data["digests"], list) or len(data["digests"]) != 2:
        raise ValueError("a row has two digests")
    return SurveyRow(**{**asdict(row), "digests": (str(data["digests"][0]), str(data["digests"][1]))})
