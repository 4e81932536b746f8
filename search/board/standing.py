"""Whether entries count: what they were found for may no longer be what its name stands for today.

An entry is for the sources of a problem and for a machine model, both of which may be edited.  The leaderboard
compares entries with one another only while they are for what is there today.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from machine.model import load_machine, model_names
from problems.loader import digest_today
from search.board.entry import Entry


class Standing(Enum):
    """Whether an entry counts, and if not, why not."""

    COUNTS = "counts"
    STALE = "stale"
    """The problem's sources, or the machine of that name, are others today."""
    OTHER_GRAPH = "of another graph"
    """A check has found that its knobs no longer build its graph."""
    STRUCK = "struck"
    """A check has found that it is wrong."""


@dataclass(frozen=True)
class Digests:
    """What names stand for today.

    Attributes:
        problems: the digest of the sources, by name of the problem; ``None`` where they are not there.
        machines: the digest of the machine, by its name.
    """

    problems: Mapping[str, str | None]
    machines: Mapping[str, str]


@dataclass(frozen=True)
class PlacedEntry:
    """An entry and where it stands.

    Attributes:
        entry: the entry.
        standing: whether it counts.
        reason: why it does not; empty where it does.
        since: the time at which a check found that, in UTC, ISO 8601; ``None`` where no check has.
    """

    entry: Entry
    standing: Standing
    reason: str = ""
    since: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it counts."""
        return self.standing is Standing.COUNTS

    @property
    def statement(self) -> str:
        """Its standing and the reason, in a sentence."""
        since = "" if self.since is None else f" since {self.since}"
        return f"entry {self.entry.id} is {self.standing.value}{since}: {self.reason}"


def digests_today(entries: Sequence[Entry]) -> Digests:
    """What the names in these entries stand for today; no code that an entry names is run.

    A machine that does not come with Slotsmith is the one for which the newest entry of that name was found, be it for
    whatever problem: there is no other place to ask.
    """
    problems = {name: digest_today(name) for name in {entry.problem for entry in entries}}
    by_age = sorted(entries, key=lambda entry: (entry.found, entry.id))
    machines = {entry.machine_name: entry.hashes.machine for entry in by_age if entry.struck is None}
    machines |= {name: load_machine(name).digest for name in model_names()}
    return Digests(problems, machines)


def placed(entries: Sequence[Entry], today: Digests) -> list[PlacedEntry]:
    """Where each entry stands, in the order of ``entries``."""
    return [_placed(entry, today) for entry in entries]


def _placed(entry: Entry, today: Digests) -> PlacedEntry:
    if entry.struck is not None:
        return PlacedEntry(entry, Standing.STRUCK, entry.struck.reason, entry.struck.time)
    if entry.other_graph is not None:
        return PlacedEntry(entry, Standing.OTHER_GRAPH, entry.other_graph.reason, entry.other_graph.time)
    reason = _stale_reason(entry, today)
    return PlacedEntry(entry, Standing.COUNTS if reason is None else Standing.STALE, reason or "")


def _stale_reason(entry: Entry, today: Digests) -> str | None:
    sources = today.problems.get(entry.problem)
    if sources is None:
        return f"the problem {entry.problem} is not there"
    if sources != entry.problem_digest:
        return "the problem's sources have changed"
    if today.machines.get(entry.machine_name) != entry.hashes.machine:
        return f"the machine {entry.machine_name} is another today"
    return None


def best_of(entries: Sequence[PlacedEntry]) -> list[Entry]:
    """The best entry of each task, of those that count; ``entries`` are in order, the best of a task first."""
    best: dict[tuple[str, ...], Entry] = {}
    for each in entries:
        if each.counts:
            best.setdefault(each.entry.key, each.entry)
    return list(best.values())
