"""A row of a survey: what a search of one problem at one shape on one machine has come to."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import Enum
from typing import Any

from search.board.entry_schema import CYCLES, DIGEST, NAME, WORDS, WORKERS
from search.files.schema import choice, number, optional, row_of, table, text

NEAR_GAP = 0.03
"""The gap up to which a schedule is near its bound."""

MOST_NOTE = 4000
"""Characters of a note."""


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
        limit: the most seconds that a run had, of that for which seconds times workers are the most; 0 where each of
            them failed.
        workers: processes that this run had.
        digests: of the problem's sources and of the machine, for which this holds.
        note: why the last run led to nothing; empty where it led to a program.
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
    def effort(self) -> float:
        """Seconds times workers of the run that had the most."""
        return self.limit * max(1, self.workers)

    @property
    def is_finished(self) -> bool:
        """Whether a run came to its end; one that failed is no reason not to try again."""
        return self.limit > 0

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


def row_from_json(data: Mapping[str, Any], place: str = "") -> SurveyRow:
    """Read what :meth:`SurveyRow.to_json` gave; ``place`` is where the row stands in its file.

    Raises:
        SchemaError: it is no row.
    """
    _check_row(data, place)
    names = {field.name for field in fields(SurveyRow)}
    read = {name: value for name, value in data.items() if name in names}
    return SurveyRow(**{**read, "digests": (data["digests"][0], data["digests"][1])})


_check_row = table(
    {
        **dict.fromkeys(("problem", "shape", "machine"), NAME),
        "cycles": optional(CYCLES),
        "bound": CYCLES,
        "argument": WORDS,
        "entry": text(200),
        **dict.fromkeys(("seconds", "limit"), number()),
        "workers": WORKERS,
        "digests": row_of(DIGEST, DIGEST),
    },
    {
        "note": text(MOST_NOTE),
        "gap": number(-1.0),
        "state": choice(*(state.value for state in RowState)),
    },
)
