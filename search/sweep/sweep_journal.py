"""The journal of a sweep: every trial before it runs and after it has ended, on disk before anything else happens.

::

    results/sweeps/NAME/
      journal.jsonl              what was begun, asked, ended and finished, one record a line
      lock                       held by the run that is writing it
"""

import contextlib
import fcntl
from collections.abc import Iterator, Mapping
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from machine.errors import UserError
from search.board.entry import current_versions
from search.files import journal_file, system
from search.files.clock import now
from search.sweep.sweep_file import SweepFile
from search.sweep.sweep_state import SweepState, replay
from search.sweep.trial_records import AskedTrial, EndedTrial, check_format


class Reason(Enum):
    """Why a sweep has finished: its budget of trials or of time is spent, or there is nothing left to try."""

    TRIALS = "trials"
    HOURS = "hours"
    EXHAUSTED = "exhausted"


class SweepJournal:
    """A sweep's journal on disk, and the state it leads to.  A record is on disk before the state knows it.

    Attributes:
        path: of the file.
        state: where the sweep stands.
    """

    def __init__(self, path: Path, state: SweepState, *, begun: bool) -> None:
        self.path = path
        self.state = state
        self._begun = begun

    def begin(self, sweep: SweepFile) -> None:
        """Write what the sweep is, unless that was done by an earlier run."""
        if not self._begun:
            versions = current_versions()
            with contextlib.suppress(PackageNotFoundError):  # random draws and grids do without it
                versions["optuna"] = version("optuna")
            about = {"sweep": sweep.name, "seed": sweep.seed, "digest": sweep.digest}
            self._append("begun", {**about, "file": sweep.data, "versions": versions})
            self._begun = True

    def asked(self, trial: AskedTrial) -> None:
        """Note that a trial is to be run."""
        self._append("asked", trial.to_json())
        self.state.asked(trial)

    def ended(self, trial: EndedTrial) -> None:
        """Note that a trial has ended."""
        self._append("ended", trial.to_json())
        self.state.ended(trial)

    def finished(self, reason: Reason) -> None:
        """Note that the sweep has finished, unless nothing has happened since it last did."""
        if not self.state.finished:
            self._append("finished", {"reason": reason.value})
            self.state.finished = True

    def _append(self, event: str, record: Mapping[str, Any]) -> None:
        try:
            journal_file.append(self.path, {"event": event, **record, "time": now()})
        except OSError as error:
            raise UserError(f"cannot write {self.path}: {error.strerror}; --resume goes on from there") from None


def journal_path(results: Path, name: str) -> Path:
    """Where the journal of a sweep is."""
    return results / "sweeps" / name / "journal.jsonl"


@contextlib.contextmanager
def open_journal(sweep: SweepFile, results: Path, *, resume: bool) -> Iterator[SweepJournal]:
    """A sweep's journal, for one run alone.

    Args:
        sweep: the sweep.
        results: the results folder.
        resume: whether to go on where an earlier run has ended.

    Raises:
        UserError: there is a journal and ``resume`` is not set, it belongs to another sweep, is damaged or newer than
            this version, cannot be written, or another run is writing it.
    """
    path = journal_path(results, sweep.name)
    with _locked(path.parent, sweep.name):
        try:
            state = _replayed(path, sweep, resume=resume)
        except OSError as error:
            raise UserError(f"cannot read {path}: {error.strerror}") from None
        except UserError as error:
            raise UserError(f"{path}: {error}") from None
        empty = SweepState(len(sweep.studies), are_continued=sweep.halving is not None)
        yield SweepJournal(path, state or empty, begun=state is not None)


def _replayed(path: Path, sweep: SweepFile, *, resume: bool) -> SweepState | None:
    """The state after the records of a journal, of which one is in memory at a time; ``None`` if there are none."""
    records = journal_file.read(path)
    first = next(records, None)
    if first is None:
        return None
    if not resume:
        raise UserError("a journal is there already: go on with --resume, or give the sweep another name")
    _check_begun(first, sweep)
    return replay(records, len(sweep.studies), are_continued=sweep.halving is not None)


def _check_begun(first: Mapping[str, Any], sweep: SweepFile) -> None:
    """The first record says which sweep it is."""
    check_format(first)
    if first.get("event") != "begun":
        raise UserError("the first record is damaged: move the folder away to begin anew")
    if first.get("digest") != sweep.digest:
        raise UserError("the sweep file has changed since: change it back, or give the sweep another name")


@contextlib.contextmanager
def _locked(folder: Path, name: str) -> Iterator[None]:
    """No other run of the sweep goes on meanwhile, here or on another computer that has the folder."""
    with contextlib.ExitStack() as stack:
        try:
            system.make_folder(folder)
            lock = stack.enter_context((folder / "lock").open("ab"))
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"sweep {name} is running already in {folder}: wait for it, or use another name") from None
        except OSError as error:
            raise UserError(f"cannot write {folder}: {error.strerror}") from None
        yield
