"""Journals of sweeps that never were: their records, made up so that what an analysis must find is known."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

BEGUN = datetime(2026, 1, 2, 22, 0, 0, tzinfo=UTC)

FILE = {
    "studies": [
        {"problem": "tree_hash", "shapes": ["height=2,rounds=2,batch=8"], "categories": ["values", "values+indices"]},
        {"problem": "dot_product"},
    ]
}
TITLES = (
    "tree_hash height=2,rounds=2,batch=8 values on takehome",
    "tree_hash height=2,rounds=2,batch=8 values+indices on takehome",
    "dot_product n=64 all on takehome",
)

Record = dict[str, Any]


@dataclass
class Written:
    """A journal in the making: each record is of the time that ``seconds`` says."""

    file: Mapping[str, Any] = field(default_factory=lambda: FILE)
    name: str = "night"
    seconds: float = 0.0
    records: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._append("begun", sweep=self.name, seed=0, digest="", file=self.file, versions={})

    def asked(self, trial: int, study: int = 0, rung: int = 0, **point: int | float | str) -> None:
        self._append("asked", trial=trial, study=study, index=trial, rung=rung, parent=None, point=point)

    def ended(
        self,
        trial: int,
        cycles: int | None = None,
        *,
        study: int = 0,
        bound: int = 10,
        ending: str = "returned",
        error: tuple[str, str] | None = None,
        ran: float = 1.0,
        lost: Mapping[str, int] | None = None,
    ) -> None:
        self._append(
            "ended",
            trial=trial,
            study=study,
            index=trial,
            ending=ending,
            cycles=cycles,
            bound=None if cycles is None else {"cycles": bound, "argument": "because"},
            policy=None,
            schedules=4 if ending == "returned" else 0,
            failures=dict(lost or {}),
            error=error and [*error],
            seconds=ran,
        )

    def ran(self, trial: int, cycles: int | None, *, study: int = 0, rung: int = 0, **point: int | float | str) -> None:
        """A trial from beginning to end, in a second."""
        self.asked(trial, study, rung, **point)
        self.seconds += 1.0
        self.ended(trial, cycles, study=study, error=None if cycles is not None else ("GraphError", "no graph"))

    def finished(self, reason: str = "trials") -> None:
        self._append("finished", reason=reason)

    def _append(self, event: str, **record: object) -> None:
        time = (BEGUN + timedelta(seconds=self.seconds)).isoformat(timespec="seconds")
        self.records.append({"format": 1, "event": event, **record, "time": time})


def save(folder: Path, records: Iterable[Mapping[str, Any]], name: str = "night") -> Path:
    """Write a journal where a results folder has that of a sweep."""
    path = folder / "sweeps" / name / "journal.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def night(trials: int = 300, *, studies: int = 3, file: Mapping[str, Any] = FILE, seed: int = 0) -> Written:
    """A night with everything in it: rungs, failures, two kills, and one dimension that matters more than others."""
    random, written = Random(seed), Written(file)
    for trial in range(trials):
        study, rung = trial % studies, _rung(random)
        point = {
            "knob.groups_in_flight": random.randint(1, 32),
            "knob.select.0.1.where": random.choice(("all", "first", "last", "even", "none")),
            "knob.leaf.2": random.choice(("flow", "either", "alu")),
            "policy.order": 10 ** random.uniform(-1, 3),
            "policy.alternatives.valu": random.uniform(-1, 3),
        }
        written.asked(trial, study, rung, **point)
        lull = random.expovariate(1 / 30)
        written.seconds += lull
        if trial in (trials // 3, trials // 2):
            written.seconds += 3600 * random.uniform(1, 9)
        failure = _failure(random)
        ran = lull + random.uniform(5, 30)
        if failure is not None:
            written.ended(trial, study=study, ending=failure[0], error=(failure[1], failure[2]), ran=ran)
            continue
        worst = 60 + 400 * study + abs(int(point["knob.groups_in_flight"]) - 20)
        cycles = int(worst * (1 + random.expovariate(6)) / (1 + 0.03 * rung + 0.15 * trial / trials))
        written.ended(trial, cycles, study=study, bound=45 + 300 * study, ran=ran, lost={"AllocationError": 1})
    return written


def _rung(random: Random) -> int:
    return random.choices((0, 1, 2), (32, 8, 2))[0]


def _failure(random: Random) -> tuple[str, str, str] | None:
    kinds: Sequence[tuple[str, str, str] | None] = (
        None,
        ("returned", "AllocationError", "no room for buffer <node values> of 256 words [at cycle 12] & more"),
        ("timed out", "timed out", "killed after 300 s"),
        ("raised", "ValueError", "a bug\nin two lines"),
        ("crashed", "crashed", "killed by SIGABRT, in abort (calls.py:7)"),
        ("out of memory", "out of memory", "unable to allocate 512 MiB"),
    )
    return random.choices(kinds, (100, 6, 3, 1, 1, 2))[0]
