"""What the journal of a sweep says about a trial: a record when it is asked for, another when it has ended."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from sys import intern
from typing import Any

from machine.errors import UserError, printable
from search.bounds.bound import Bound, bound_from_json
from search.files.journal_file import JOURNAL_FORMAT
from search.files.schema import SchemaError, anything, integer, list_of, mapping, number, optional, table
from search.processes.isolate import Ending
from search.scheduling.policy import Policy
from search.sweep.executors.executor import Ended
from search.sweep.sampling.space import Point
from search.sweep.trial import TrialResult

_MOST_TEXT = 100_000
_MOST_NAMES = 10_000


class Untried(Enum):
    """Why a trial ended without being run."""

    SKIPPED = "skipped"


TrialEnding = Ending | Untried
"""How a trial ended: as its isolated call did, or without one."""


@dataclass(frozen=True, slots=True)
class AskedTrial:
    """A trial that was to be run.

    Attributes:
        trial: its number in the sweep.
        study: number of the study it belongs to.
        index: its number in the study.
        rung: 0 for a fresh point; above, how often the point was promoted.
        parent: number of the trial it continues; ``None`` on rung 0.
        point: what is tried, by dimension.
    """

    trial: int
    study: int
    index: int
    rung: int
    parent: int | None
    point: Point

    def to_json(self) -> dict[str, Any]:
        """The record as plain data."""
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "AskedTrial":
        """Read what :meth:`to_json` gave, as it is in a journal's record.

        Raises:
            SchemaError: a key is missing or unknown, or a number is none, or below 0.
        """
        _CHECK_ASKED(data, "")
        # What the points of a sweep have in common is in memory once.
        point = {intern(name): intern(value) if type(value) is str else value for name, value in data["point"].items()}
        return AskedTrial(**{name: data[name] for name in ("trial", "study", "index", "rung", "parent")}, point=point)


@dataclass(frozen=True, slots=True)
class EndedTrial:
    """The result of a trial.

    Attributes:
        trial: its number in the sweep.
        study: number of the study it belongs to.
        index: its number in the study.
        ending: how the trial ended.
        cycles: the cycles of its best program; ``None`` if it led to no program.
        bound: the bound of the graph of that program.
        policy: the policy of its best list schedule.
        schedules: the number of list schedules tried.
        failures: by name of the error, the number of list schedules that led to nothing.
        error: if the trial led to no program, the name of the error and a line about it.
        seconds: how long the trial ran.
    """

    trial: int
    study: int
    index: int
    ending: TrialEnding
    cycles: int | None = None
    bound: Bound | None = None
    policy: Policy | None = None
    schedules: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    error: tuple[str, str] | None = None
    seconds: float = 0.0

    @property
    def failure(self) -> str | None:
        """What to count the trial under, printable, if it was run and failed."""
        if self.cycles is not None or self.ending is Untried.SKIPPED:
            return None
        return printable(self.error[0]) if self.error else self.ending.value

    def to_json(self) -> dict[str, Any]:
        """The record as plain data."""
        policy = None if self.policy is None else self.policy.to_json()
        return {**asdict(self), "ending": self.ending.value, "policy": policy, "error": self.error and [*self.error]}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "EndedTrial":
        """Read what :meth:`to_json` gave, as it is in a journal's record.

        Raises:
            KeyError: a key of the bound is missing.
            UserError: the policy is none.
            ValueError: a key is missing or unknown, a number is none, or below 0, or the ending or the bound is none.
        """
        _CHECK_ENDED(data, "")
        bound, policy, error = data["bound"], data["policy"], data["error"]
        return EndedTrial(
            **{name: data[name] for name in ("trial", "study", "index", "cycles", "schedules", "failures", "seconds")},
            ending=_read_ending(data["ending"]),
            bound=None if bound is None else bound_from_json(bound),
            policy=None if policy is None else Policy.from_json(policy),
            error=None if error is None else (error[0], error[1]),
        )


def _is_text(value: Any, place: str) -> None:
    if not isinstance(value, str) or len(value) > _MOST_TEXT:
        raise SchemaError(place, f"a text of at most {_MOST_TEXT:,} characters", value)


_RECORD = dict.fromkeys(("format", "event", "time"), anything)
_COUNTS = dict.fromkeys(("trial", "study", "index"), integer())
_CHECK_ASKED = table(
    {**_COUNTS, "rung": integer(), "parent": optional(integer()), "point": mapping(anything, _MOST_NAMES)},
    _RECORD,
)
_CHECK_ENDED = table(
    {
        **_COUNTS,
        "ending": anything,
        "cycles": optional(integer()),
        "bound": anything,
        "policy": anything,
        "schedules": integer(),
        "failures": mapping(integer(), _MOST_NAMES),
        "error": optional(list_of(_is_text, 2)),
        "seconds": number(),
    },
    _RECORD,
)


def _read_ending(word: str) -> TrialEnding:
    return Untried.SKIPPED if word == Untried.SKIPPED.value else Ending(word)


def ended_trial(asked: AskedTrial, ended: Ended) -> EndedTrial:
    """The record of a call's end.  A trial that did not return has 0 schedules: how many it tried is not known."""
    ending, why, seconds = ended.outcome.ending, ended.outcome.why, round(ended.seconds, 3)
    identity = asked.trial, asked.study, asked.index, ending
    result = ended.outcome.value
    if ending is Ending.RETURNED and isinstance(result, TrialResult):
        r = result
        return EndedTrial(*identity, r.cycles, r.bound, r.policy, r.schedules, r.failures, r.error, seconds)
    name, colon, said = why.partition(": ")
    raised = ending is Ending.RAISED and colon
    return EndedTrial(*identity, error=(name, said) if raised else (ending.value, why), seconds=seconds)


def check_format(record: Mapping[str, Any]) -> None:
    """Refuse a record that a newer version has written.

    Raises:
        UserError: it is one.
    """
    number = record.get("format")
    if not isinstance(number, int) or number > JOURNAL_FORMAT:
        raise UserError(f"a record is of format {number}: it needs a newer Slotsmith")
