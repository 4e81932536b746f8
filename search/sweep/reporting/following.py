"""Where a sweep stands that runs elsewhere: what its journal says, and whether anybody is writing it."""

import fcntl
from pathlib import Path

from search.sweep.reporting.history import History
from search.sweep.reporting.study_titles import study_titles
from search.sweep.sweep_progress import StudyProgress, SweepProgress, study_progress
from search.sweep.sweep_state import StudyState


def progress_of(history: History, now: float) -> SweepProgress:
    """Where a sweep stands; seconds are those by the clock since it began, until ``now`` (since 1970)."""
    failed: dict[str, int] = {}
    for each in history.ended:
        if each.trial.failure is not None:
            failed[each.trial.failure] = failed.get(each.trial.failure, 0) + 1
    budget = history.file.get("budget")
    planned = budget.get("trials") if isinstance(budget, dict) else None
    titles = study_titles(history.file)
    numbers = {each.trial.study for each in history.ended} | set(range(len(titles)))
    studies = tuple(
        _study(history, number, titles[number] if number < len(titles) else f"study {number}")
        for number in sorted(numbers)
    )
    return SweepProgress(
        name=history.name,
        trials=len(history.ended),
        planned=planned if isinstance(planned, int) else None,
        failures=failed,
        now=len(history.ended),
        workers=None,
        seconds=max(0.0, now - history.times[0]),
        limit=None,
        studies=studies,
    )


def is_running(journal: Path) -> bool:
    """Whether a run of the sweep holds the lock beside its journal, here or on another computer that has the folder."""
    try:
        with journal.with_name("lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _study(history: History, number: int, title: str) -> StudyProgress:
    state = StudyState()
    for each in history.ended:
        if each.trial.study == number:
            state.note(each.trial)
    return study_progress(title, state)
