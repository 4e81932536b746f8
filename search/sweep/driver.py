"""Runs a sweep: asks for trials, has them run, writes down what came of them, until its budget is spent.

Each trial is in the journal before it runs, and its result before anything is made of it.  So a sweep that was killed
goes on where it was: trials that had ended are not run again, and those that were running are.
"""

import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager

from search.board.leaderboard import Leaderboard
from search.processes.ending_signals import heed_signals
from search.sweep.commits import Commits
from search.sweep.executors.executor import Call, Executor
from search.sweep.study_outcome import SweepOutcome, study_outcome, summary_record
from search.sweep.study_run import StudyRun
from search.sweep.sweep_file import SweepBudget, SweepFile
from search.sweep.sweep_journal import Reason, SweepJournal, open_journal
from search.sweep.sweep_progress import SweepProgress, Watch, studies_progress, task_key
from search.sweep.sweep_state import Tally
from search.sweep.trial import Found, TrialRequest, TrialResult, run_trial
from search.sweep.trial_records import AskedTrial, EndedTrial, ended_trial

Run = Callable[[TrialRequest], TrialResult]
"""What a worker does with a request; a module-level function."""

_WAIT_SECONDS = 0.5
_QUEUED_SHARE = 0.5
"""Trials queued beyond those that run, as a share of these; one at least."""


def run_sweep(
    sweep: SweepFile,
    board: Leaderboard,
    executor: AbstractContextManager[Executor],
    watch: Watch,
    *,
    resume: bool,
    budget: SweepBudget,
    run: Run = run_trial,
) -> SweepOutcome:
    """Run a sweep until its budget is spent, nothing is left to try, or Ctrl-C; keep the best on the leaderboard.

    Args:
        sweep: the sweep.
        board: where the best goes; the journal is in a folder of its results.
        executor: where trials run; it is entered once it is clear that the sweep can begin.
        watch: is told of progress.
        resume: whether to go on where an earlier run has ended, if there was one.
        budget: when to end; hours are of this run, trials are of all runs together.
        run: what a worker does.

    Raises:
        UserError: the sweep cannot begin or go on; see :func:`search.sweep.sweep_journal.open_journal`.
    """
    board.ensure_writable()
    with open_journal(sweep, board.folder, resume=resume) as journal:
        studies = [StudyRun(sweep, number, state) for number, state in enumerate(journal.state.studies)]
        with executor as running:
            driver = _Driver(sweep, studies, board, journal, running, budget, run)
            try:
                reason: Reason | None = driver.drive(watch)
            except KeyboardInterrupt:
                running.cancel()
                reason = None
            return driver.close(reason)


class _Driver:
    """A run of a sweep."""

    def __init__(
        self,
        sweep: SweepFile,
        studies: list[StudyRun],
        board: Leaderboard,
        journal: SweepJournal,
        executor: Executor,
        budget: SweepBudget,
        run: Run,
    ) -> None:
        self._sweep = sweep
        self._board = board
        self._journal = journal
        self._executor = executor
        self._budget = budget
        self._run = run
        self._begun = time.monotonic()
        self._limit = None if budget.hours is None else budget.hours * 3600
        self._tally = Tally()
        self._again = deque(trial for trial in journal.state.running() if self._is_within(trial))
        self._running: dict[int, AskedTrial] = {}
        self._repeats: set[int] = set()
        self._studies = studies
        self._commits = self._make_commits()

    def drive(self, watch: Watch) -> Reason:
        """Run trials until the sweep ends; why it does."""
        self._journal.begin(self._sweep)
        while True:
            heed_signals()
            watch(self._progress())
            left = None if self._limit is None else self._limit - self._seconds
            if left is not None and left <= 0:
                self._executor.cancel()
                return Reason.HOURS
            self._fill()
            if not self._running and not self._repeats:
                exhausted = all(study.end is not None for study in self._studies)
                return Reason.EXHAUSTED if exhausted else Reason.TRIALS
            self._take_in(_WAIT_SECONDS if left is None else min(_WAIT_SECONDS, left))

    def close(self, reason: Reason | None) -> SweepOutcome:
        """Commit what is left, and write down how the sweep has ended; ``None``: it was interrupted."""
        workers = self._executor.capacity
        for commits in self._commits:
            commits.finish(workers)
        if reason is not None:
            self._journal.finished(reason)
        studies = [
            study_outcome(study, commits, self._board)
            for study, commits in zip(self._studies, self._commits, strict=True)
        ]
        outcome = SweepOutcome(self._progress(), reason, tuple(studies), self._journal.path)
        if self._tally.trials > 0:
            self._board.record(summary_record(self._sweep, outcome, self._tally))
        return outcome

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._begun

    def _progress(self) -> SweepProgress:
        tally, tasks = self._journal.state.tally, [study.task for study in self._studies]
        return SweepProgress(
            name=self._sweep.name,
            trials=tally.trials,
            planned=self._budget.trials,
            failures=dict(tally.failures),
            now=self._tally.trials,
            workers=self._executor.capacity,
            seconds=self._seconds,
            limit=self._limit,
            studies=studies_progress(tasks, self._journal.state),
        )

    def _make_commits(self) -> list[Commits]:
        """By study; studies of one task share theirs."""
        made: dict[tuple[str, str, str, str], Commits] = {}
        for study in self._studies:
            key = task_key(study.task)
            if key not in made:
                same = [other for other in self._studies if task_key(other.task) == key]
                best = self._board.best_for(study.task)
                made[key] = Commits(self._board, same, best.cycles if best else None, self._sweep.seed)
        return [made[task_key(study.task)] for study in self._studies]

    def _is_within(self, trial: AskedTrial) -> bool:
        return self._budget.trials is None or trial.trial < self._budget.trials

    def _fill(self) -> None:
        """Keep the executor busy, with a few trials more than it runs at once."""
        capacity = self._executor.capacity
        room = capacity + max(1, int(capacity * _QUEUED_SHARE))
        while len(self._running) + len(self._repeats) < room:
            if not self._submit_repeat() and not self._submit_trial():
                return

    def _submit_repeat(self) -> bool:
        """Run once more what belongs on the leaderboard and whose program was lost; false if there is no such trial."""
        for commits in self._commits:
            trial = commits.missing
            if trial is not None and trial not in self._repeats:
                self._repeats.add(trial)
                index, study = divmod(trial, len(self._studies))
                self._submit(self._studies[study].request(self._studies[study].state.asked[index], None))
                return True
        return False

    def _submit_trial(self) -> bool:
        """Run the next trial; false if nothing can be asked for now."""
        trial = self._again.popleft() if self._again else self._ask()
        if trial is None:
            return False
        self._running[trial.trial] = trial
        to_beat = self._commits[trial.study].to_beat(trial.trial)
        self._submit(self._studies[trial.study].request(trial, to_beat))
        return True

    def _submit(self, request: TrialRequest) -> None:
        self._executor.submit(Call(request.number, self._run, request))

    def _ask(self) -> AskedTrial | None:
        """The trial of the least number that can be asked for now; those to be skipped end at once."""
        while True:
            indices = [(study, study.next_index(self._budget.trials)) for study in self._studies]
            ready = [(study.trial_number(index), index, study) for study, index in indices if index is not None]
            if not ready:
                return None
            _, index, study = min(ready, key=lambda each: each[0])
            match study.ask(index):
                case AskedTrial() as asked:
                    self._journal.asked(asked)
                    return asked
                case EndedTrial() as skipped:
                    self._note(skipped, None)

    def _take_in(self, seconds: float) -> None:
        """Wait for trials to end, and write down what came of them."""
        for ended in self._executor.wait(seconds):
            value = ended.outcome.value
            found = value.found if isinstance(value, TrialResult) else None
            if ended.number in self._repeats:
                self._repeats.remove(ended.number)
                self._commits[ended.number % len(self._studies)].repeated(ended.number, found)
            elif ended.number in self._running:
                self._note(ended_trial(self._running.pop(ended.number), ended), found)
        workers = self._executor.capacity
        for commits in self._commits:
            commits.advance(workers)

    def _note(self, trial: EndedTrial, found: Found | None) -> None:
        self._journal.ended(trial)
        self._tally.note(trial)
        self._studies[trial.study].tell(trial)
        self._commits[trial.study].note(trial, found)
