"""What a search, or a stage of it, may spend."""

from dataclasses import dataclass

from machine.errors import UserError

MOST_SECONDS = 1e6
"""Eleven days; the system cannot wait for a process for twice as long in one go."""

_RESERVE_SECONDS = 6.0
_RESERVE_SHARE = 0.1


@dataclass(frozen=True)
class Budget:
    """What may be spent; ``None`` where there is no limit.

    What is limited by schedules and work alone depends on the seed, never on time.

    Attributes:
        seconds: of wall time.
        schedules: list schedules, moves included.
        work: deterministic time, the solver's own measure.

    Raises:
        UserError: the seconds are infinite, or no number.
    """

    seconds: float | None = None
    schedules: int | None = None
    work: float | None = None

    def __post_init__(self) -> None:
        if self.seconds is not None:
            require_seconds(self.seconds)

    @property
    def is_counted(self) -> bool:
        """Whether time plays no part."""
        return self.seconds is None

    def less_validation(self) -> "Budget":
        """The budget without the seconds in which running batches end and the winner is validated."""
        if self.seconds is None:
            return self
        reserve = min(_RESERVE_SECONDS, _RESERVE_SHARE * self.seconds)
        return Budget(self.seconds - reserve, self.schedules, self.work)


def require_seconds(seconds: float) -> None:
    """Refuse a time that nothing can wait for.

    Raises:
        UserError: it is infinite, more than :data:`MOST_SECONDS`, or no number.
    """
    if not seconds <= MOST_SECONDS:
        raise UserError(f"seconds are a number up to {MOST_SECONDS:,.0f}, not {seconds:g}")
