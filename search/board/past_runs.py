"""What has been run for a task so far: from the entries, and from the journal, whose lines are read with patience."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from search.board.entry import Entry

Key = tuple[str, str, str, str]
"""Problem, shape, category and machine, by name."""


@dataclass(frozen=True)
class Curve:
    """How the best of a run fell.

    Attributes:
        unit: what the run is measured in: seconds, or the trials of a sweep.
        steps: after how much of it there were fewer cycles, and how many, in order; at least one.
        end: at which the run ended.
    """

    unit: str
    steps: tuple[tuple[float, int], ...]
    end: float


@dataclass(frozen=True)
class PastRun:
    """A run that ended with a program.

    Attributes:
        time: when.
        cycles: of its program.
        bound: of that program's graph; ``None`` where that is not known.
        what: what was run.
        entry: the entry it led to, whether that was kept or not; ``None`` where it is not known.
        seconds: that it took; ``None`` where that is not known.
        curve: how its best fell; ``None`` where that was not recorded.
    """

    time: datetime
    cycles: int
    bound: int | None
    what: str
    entry: str | None
    seconds: float | None
    curve: Curve | None = None


def past_runs(entries: Iterable[Entry], records: Iterable[Mapping[str, Any]], key: Key) -> tuple[PastRun, ...]:
    """The runs for a task in order of time: those of the journal, and entries of the task that it does not name.

    Args:
        entries: of the board.
        records: of its journal; lines that make no sense are passed over.
        key: of the task.
    """
    runs = [run for record in records for run in _runs(record, key)]
    known = {run.entry for run in runs}
    runs += [_of_entry(entry) for entry in entries if entry.key == key and entry.id not in known]
    return tuple(sorted(runs, key=lambda run: run.time))


def best_so_far(runs: Sequence[PastRun]) -> tuple[PastRun, ...]:
    """The runs that were better than all before them."""
    found: list[PastRun] = []
    for run in runs:
        if not found or run.cycles < found[-1].cycles:
            found.append(run)
    return tuple(found)


def _runs(record: Mapping[str, Any], key: Key) -> Iterable[PastRun]:
    """What a line of the journal says of a task: a sweep's has several studies, of which some may be for it."""
    studies = record.get("studies") if record.get("kind") == "sweep" else [record]
    for study in studies if isinstance(studies, list) else []:
        try:
            if key == tuple(study[name] for name in ("problem", "shape", "category", "machine")):
                yield _run(record, study)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue


def _run(record: Mapping[str, Any], study: Mapping[str, Any]) -> PastRun:
    time = datetime.fromisoformat(record["time"])
    bound, seconds = study.get("bound"), record.get("seconds")
    if record["kind"] == "sweep":
        name, curve = f"sweep {record['sweep']}", _curve("trials", study, study.get("points"))
    else:
        name, curve = str(record["kind"]), _curve("seconds", record, seconds)
    return PastRun(
        time if time.tzinfo else time.replace(tzinfo=UTC),
        int(study["cycles"]),
        None if bound is None else int(bound),
        name,
        None if study.get("entry") is None else str(study["entry"]),
        None if seconds is None else float(seconds),
        curve,
    )


def _curve(unit: str, line: Mapping[str, Any], end: Any) -> Curve | None:
    steps = tuple((float(after), int(cycles)) for after, cycles in line.get("curve", ()))
    return Curve(unit, steps, max(float(end or 0), steps[-1][0])) if steps else None


def _of_entry(entry: Entry) -> PastRun:
    time = datetime.fromisoformat(entry.found)
    effort = entry.effort
    when = time if time.tzinfo else time.replace(tzinfo=UTC)
    return PastRun(when, entry.cycles, entry.bound.cycles, effort.method, entry.id, effort.seconds)
