"""The history of a sweep, for those who look at it: what its journal says, read with more patience than a resume has.

A record that makes no sense is passed over and counted, and so are fields that this version does not know: a sweep
may be running, and have been killed several times.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from math import isfinite
from typing import Any

from machine.errors import UserError
from search.sweep.sampling.dimension import Coordinate
from search.sweep.trial_records import AskedTrial, EndedTrial, check_format

_EVENTS = ("begun", "asked", "ended", "finished")


@dataclass(frozen=True)
class TimedEnd:
    """The result of a trial with its time, in seconds since 1970; times do not decrease from record to record."""

    trial: EndedTrial
    time: float


@dataclass(frozen=True)
class History:
    """What the journal of a sweep says.

    Attributes:
        name: of the sweep.
        file: the sweep file; empty where the first record is damaged.
        asked: trials that were to be run, by number.
        ended: the results of trials, without repetition, in the order in which they ended.
        times: of all records, in seconds since 1970, in order.
        finished: why the sweep has finished; ``None`` while it has not.
        damaged: records that were passed over.
    """

    name: str
    file: Mapping[str, Any]
    asked: Mapping[int, AskedTrial]
    ended: tuple[TimedEnd, ...]
    times: tuple[float, ...]
    finished: str | None
    damaged: int


def read_history(records: Iterable[Mapping[str, Any]], name: str) -> History:
    """What the records of a journal say.

    Args:
        records: the records.
        name: of the sweep, where its first record is damaged.

    Raises:
        UserError: one is of a newer format, or none is a sweep's.
    """
    reader = _Reader(name)
    for record in records:
        reader.read(record)
    if not reader.times:
        raise UserError("there is no record of a sweep in it: give the name of a sweep, its folder or its journal")
    return History(
        reader.name,
        reader.file,
        reader.asked,
        tuple(reader.ended.values()),
        tuple(reader.times),
        reader.finished,
        reader.damaged,
    )


class _Reader:
    """Takes in record after record."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.file: Mapping[str, Any] = {}
        self.asked: dict[int, AskedTrial] = {}
        self.ended: dict[int, TimedEnd] = {}
        self.times: list[float] = []
        self.finished: str | None = None
        self.damaged = 0

    def read(self, record: Mapping[str, Any]) -> None:
        if record.get("event") not in _EVENTS:
            return
        check_format(record)
        try:
            time = self._time(record)
            self._take(record, time)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError):
            self.damaged += 1
        else:
            self.times.append(time)

    def _time(self, record: Mapping[str, Any]) -> float:
        """Of a record; clocks of computers on which a sweep went on may differ, but time does not go back."""
        time = datetime.fromisoformat(record["time"]).timestamp()
        return max(time, self.times[-1]) if self.times else time

    def _take(self, record: Mapping[str, Any], time: float) -> None:
        match record["event"]:
            case "begun":
                self.name, self.file = str(record["sweep"]), dict(record["file"])
                return
            case "finished":
                self.finished = str(record["reason"])
                return
            case "asked":
                asked = _asked(record)
                self.asked[asked.trial] = asked
            case "ended":
                ended = _ended(record)
                self.ended.setdefault(ended.trial, TimedEnd(ended, time))
        self.finished = None


def _asked(record: Mapping[str, Any]) -> AskedTrial:
    asked = AskedTrial.from_json(_known(AskedTrial, record))
    _require_numbers(asked.trial, asked.study, asked.index, asked.rung)
    return replace(asked, point={name: _coordinate(value) for name, value in asked.point.items()})


def _coordinate(value: object) -> Coordinate:
    return value if isinstance(value, str) or (isinstance(value, int | float) and isfinite(value)) else str(value)


def _ended(record: Mapping[str, Any]) -> EndedTrial:
    """A trial's end without its policy, which nobody looks at here, and with a bound whatever else that may say."""
    bound = record["bound"] and {name: record["bound"][name] for name in ("cycles", "argument")}
    ended = EndedTrial.from_json({**_known(EndedTrial, record), "bound": bound, "policy": None})
    _require_numbers(ended.trial, ended.study, ended.index, ended.schedules, ended.seconds, *ended.failures.values())
    if ended.cycles is not None:
        _require_numbers(ended.cycles)
    if ended.bound is not None:
        _require_numbers(ended.bound.cycles)
    return ended if ended.error is None else replace(ended, error=(str(ended.error[0]), str(ended.error[1])))


def _known(kind: type[AskedTrial | EndedTrial], record: Mapping[str, Any]) -> dict[str, Any]:
    """What this version knows of a record, which a later one may have written."""
    return {each.name: record[each.name] for each in fields(kind)}


def _require_numbers(*values: object) -> None:
    for value in values:
        if not isinstance(value, int | float) or not isfinite(value) or value < 0:
            raise ValueError(f"{value!r} is no number of a trial")
