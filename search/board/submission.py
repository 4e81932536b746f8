"""Submits a result: validated in full, made an entry, put on the leaderboard, and written down in the journal.

Where a result is found in another process than the one that writes the board, :func:`validated_entry` is the half that
needs no board.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from machine.certificates.certificate import CertificateError
from machine.certificates.checker import check_certificate
from problems.knobs import KnobValue
from search.board.bound_check import checked_bound
from search.board.entry import Effort, Entry, make_entry
from search.board.leaderboard import Leaderboard, Put
from search.bounds.bound import Bound
from search.files.clock import now
from search.processes.ending_signals import once_more
from search.tasks.candidate import Candidate
from search.tasks.task import Task
from search.tasks.validation import validate_candidate


class RunKind(Enum):
    """What was run, as lines of the journal name it; sweeps write lines of their own."""

    SEARCH = "search"
    SOLVE = "solve"
    IMPROVE = "improve"


@dataclass(frozen=True)
class Result:
    """What a run came to, before anything of it has been checked.

    Attributes:
        task: what the program is for.
        problem_name: the problem as it is loaded: its name, or ``file.py:Class``.
        candidate: the program, its decision and its graph.
        bound: proven for that graph.
        knobs: the graph's knobs.
        policy: the list schedule's policy, or ``None`` where none led to the schedule.
        effort: how the program was found, and what it cost.
    """

    task: Task
    problem_name: str
    candidate: Candidate
    bound: Bound
    knobs: Mapping[str, KnobValue]
    policy: Mapping[str, Any] | None
    effort: Effort


@dataclass(frozen=True)
class Run:
    """A run as the journal tells of it.

    Attributes:
        kind: what was run.
        schedules: schedules tried in this run, which is less than the entry's effort where it went on from another.
        seconds: wall time of this run.
        workers: the number of worker processes; 0 where it ran in one process alone.
        seed: of every random choice.
        failures: the number of schedules that led to nothing, by the name of the error.
        interrupted: whether the user ended it.
        curve: seconds after which it found fewer cycles, and how many.
    """

    kind: RunKind
    schedules: int
    seconds: float
    workers: int
    seed: int
    failures: Mapping[str, int]
    interrupted: bool
    curve: tuple[tuple[float, int], ...] = ()


@dataclass(frozen=True)
class Submission:
    """What became of a result.

    Attributes:
        entry: the entry that the run has validated; where it went on from one and found nothing shorter, that one.
        candidate: its program, decision and graph.
        is_best: whether it is the best of its task on the leaderboard now.
        was_interrupted: whether the user wanted to end it meanwhile.
        before: the entry that the run went on from, as it was then, where it found nothing shorter; else ``None``.
        is_gone: whether another session has removed that entry meanwhile.
        known_bound: what the leaderboard knew of the graph of an entry that was put there, if that is less than is
            known now; else ``None``.
    """

    entry: Entry
    candidate: Candidate
    is_best: bool
    was_interrupted: bool = False
    before: Entry | None = None
    is_gone: bool = False
    known_bound: int | None = None

    @property
    def former_bound(self) -> int | None:
        """The bound of the graph on the leaderboard before the run, if there was one and it is higher now."""
        if self.before is None:
            return self.known_bound
        before = self.before.bound.cycles
        return before if before < self.entry.bound.cycles else None


def validated_entry(result: Result, inputs: int) -> Entry:
    """Validate a result on so many inputs, and make it an entry that was found now.

    Raises:
        TrialError: it is not what it claims to be.
    """
    validation = validate_candidate(result.task, result.candidate, inputs)
    return make_entry(
        result.task,
        result.problem_name,
        result.candidate,
        _verified(result),
        validation,
        result.knobs,
        result.policy,
        result.effort,
        now(),
    )


def _verified(result: Result) -> Bound:
    """The bound, if its certificate holds and the program does not refute it; else the one that is proven anew."""
    prepared, bound = result.candidate.prepared, result.bound
    try:
        check_certificate(prepared.graph, bound.cycles, bound.certificate)
    except CertificateError:
        return checked_bound(prepared, result.candidate.cycles)
    return bound if bound.cycles <= result.candidate.cycles else checked_bound(prepared, result.candidate.cycles)


def submit(board: Leaderboard, result: Result, run: Run, inputs: int, instead_of: Collection[str] = ()) -> Submission:
    """Validate a result on so many inputs, put it on the board if it is better, and append a line to the journal.

    An interrupt makes it begin again, so that the result is not lost; a second one ends it.

    Args:
        board: the leaderboard.
        result: what the run came to.
        run: the run.
        inputs: on which the program is validated.
        instead_of: ids of entries that the run has put on the board before, for which this one stands.

    Raises:
        TrialError: it is not what it claims to be; nothing is written.
        UserError: the results folder cannot be written.
    """
    ours = list(instead_of)

    def stored() -> Put:
        entry = validated_entry(result, inputs)
        before = [*ours, entry.id] if ours else []
        ours.append(entry.id)
        return board.put(entry, result.candidate, before)

    put, was_interrupted = once_more(stored)
    run = replace(run, interrupted=run.interrupted or was_interrupted)
    board.record(journal_line(run, put.entry, is_best=put.is_best))
    return Submission(put.entry, result.candidate, put.is_best, was_interrupted, known_bound=put.former_bound)


def journal_line(run: Run, entry: Entry, *, is_best: bool) -> dict[str, Any]:
    """The line of the journal for a run that led to ``entry``, or to nothing better, and ends now."""
    problem, shape, category, machine = entry.key
    return {
        "kind": run.kind.value,
        "time": now(),
        "problem": problem,
        "shape": shape,
        "category": category,
        "machine": machine,
        "problem_digest": entry.hashes.problem,
        "machine_digest": entry.hashes.machine,
        "cycles": entry.cycles,
        "bound": entry.bound.cycles,
        "entry": entry.id,
        "record": is_best,
        "seed": run.seed,
        "schedules": run.schedules,
        "seconds": run.seconds,
        "workers": run.workers,
        "failures": dict(run.failures),
        "interrupted": run.interrupted,
        "curve": [list(step) for step in run.curve],
    }
