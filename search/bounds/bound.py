"""What a proven lower bound is."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from machine.certificates.certificate import MOST_CYCLES, Certificate, Level, certificate_from_json


@dataclass(frozen=True, slots=True)
class Bound:
    """No schedule of the graph is shorter than ``cycles``, by ``argument``.

    Attributes:
        cycles: the bound.
        argument: why, in words.
        certificate: what proves it; ``None`` where a version without certificates proved it.
    """

    cycles: int
    argument: str
    certificate: Certificate | None = None

    @property
    def level(self) -> Level:
        """How far it can be trusted, once :func:`machine.certificates.checker.check_certificate` has accepted it."""
        return Level.UNCHECKED if self.certificate is None else self.certificate.level

    def to_json(self) -> dict[str, Any]:
        """The bound as plain data."""
        return asdict(self)


TellBound = Callable[[Bound], None]
"""Is told the best bound so far, while one is sought."""


def bound_from_json(data: Mapping[str, Any]) -> Bound:
    """Read what :meth:`Bound.to_json` gave, or a bound of before there were certificates.

    Raises:
        ValueError: it is no bound; the message says what is wrong.
    """
    unknown = set(data) - {"cycles", "argument", "certificate"}
    if unknown:
        raise ValueError(f"a bound has no {min(map(str, unknown))}")
    cycles, argument, certificate = data.get("cycles"), data.get("argument"), data.get("certificate")
    if type(cycles) is not int or not 0 <= cycles < MOST_CYCLES:
        raise ValueError(f"a bound must be an integer of at least 0, not {str(cycles)[:40]}")
    if not isinstance(argument, str):
        raise ValueError("the argument of a bound must be a text")
    return Bound(cycles, argument, None if certificate is None else certificate_from_json(certificate))
