"""A trial that only takes time: what a driver and an executor cost beyond it, is theirs."""

import time

from search.sweep.trial import TrialRequest, TrialResult

SLEEP_SECONDS = 0.5


def run_idle_trial(request: TrialRequest) -> TrialResult:
    """Sleep, and find nothing."""
    time.sleep(SLEEP_SECONDS)
    return TrialResult(request.number, schedules=request.schedules, error=("TrialError", "it only slept"))
