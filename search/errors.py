"""What can go wrong with a trial, by name; a sweep records these, none is silently dropped."""

from machine.errors import SlotsmithError, UserError


class TrialError(SlotsmithError):
    """A trial that led to no program."""


class ScratchExceededError(TrialError, UserError):
    """The graph does not fit scratch even when it runs one operation after the other, in any order tried."""


class ScheduleStuckError(TrialError):
    """The list scheduler found nothing to issue: slots that must share a bundle, or a defect."""


class AllocationError(TrialError, UserError):
    """No scratch addresses were found for a schedule, however often it was repaired."""


class IllegalScheduleError(TrialError):
    """The legality checker refused a decision or its program: a defect of whatever made it."""


class WrongOutputError(TrialError):
    """A program or graph does not reproduce the reference: a defect of the problem or of the search."""
