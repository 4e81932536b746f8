"""Takes what a job has sent into a results folder here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.files import journal_file
from search.files.schema import SchemaError
from search.sweep.cluster.journal_merge import JournalMerge
from search.sweep.cluster.received import RefusedError, check_received
from search.sweep.cluster.summary_schema import check_summary

Key = tuple[str, str, str, str]
"""What :attr:`search.board.entry.Entry.key` is."""


@dataclass(frozen=True)
class Kept:
    """An entry that came, was checked and is on the leaderboard now."""

    entry: Entry


@dataclass(frozen=True)
class Refused:
    """Something that came and is not right."""

    what: str
    reason: str


class Collector:
    """Takes items into a results folder; the same ones may come again.

    Args:
        board: the folder.
        tasks: of which entries are taken; ``None`` for any.

    Attributes:
        folder: the folder.
    """

    def __init__(self, board: Leaderboard, tasks: Collection[Key] | None) -> None:
        self.folder = board.folder
        self._board = board
        self._tasks = tasks
        self._journals = JournalMerge(board.folder)

    def take(self, item: Mapping[str, Any]) -> Kept | Refused | None:
        """Take an item in; ``None`` where there is nothing to say about it.

        Raises:
            UserError: the results folder cannot be written.
        """
        kind = item.get("kind")
        try:
            match kind:
                case "entry":
                    return self._take_entry(item)
                case "journal":
                    self._journals.merge(item)
                case "search":
                    self._take_search(item.get("record"))
                case _:
                    raise RefusedError("it is of a kind that this version does not know")
        except RefusedError as error:
            return Refused(_named(item), " ".join(str(error).split()))
        return None

    def _take_entry(self, item: Mapping[str, Any]) -> Kept | None:
        received = check_received(item, self._is_wanted)
        return Kept(received[0]) if received is not None and self._board.add(*received) else None

    def _is_wanted(self, claimed: Entry) -> bool:
        """Whether it is better than what is here."""
        if self._tasks is not None and claimed.key not in self._tasks:
            raise RefusedError("its task is not one of the sweep's")
        return all(claimed.cycles < rival.cycles for rival in self._board.rivals(claimed))

    def _take_search(self, record: Any) -> None:
        """A run of the sweep, for the journal of all searches, from which pages add up."""
        try:
            check_summary(record)
        except SchemaError as error:
            raise RefusedError(f"no record of a sweep: {error}") from error
        if record not in journal_file.read(self._board.folder / "journal.jsonl"):
            self._board.record(record)


def _named(item: Mapping[str, Any]) -> str:
    """What to call an item that is refused."""
    entry = item.get("entry")
    name = entry.get("id") if isinstance(entry, dict) else item.get("sweep")
    return f"{str(item.get('kind'))[:20]} {str(name)[:60]}" if name is not None else f"{str(item.get('kind'))[:20]}"
