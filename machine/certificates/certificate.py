"""What proves a lower bound, as plain data that anybody can check or, where that cannot be, refute again.

A certificate says why there is no schedule of fewer cycles.  Those of prices, of a path and of multipliers are checked
with a graph alone (:mod:`machine.certificates.checker`).  A refutation is the word of a solver: it tells which model of
the graph had no solution, so that a solver can be asked again.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import Enum
from fractions import Fraction
from typing import Any

MOST_CYCLES = 1 << 40
"""Above any bound, head, tail or length."""

_MOST_LINKS = 1_000_000
_MOST_PRICES = 1_000
_MOST_DIGITS = 40


class Level(Enum):
    """How far a bound can be trusted, from the most to the least."""

    CHECKED = "checked"
    """An independent checker verifies it, in exact arithmetic."""
    SOLVER = "solver's word"
    """A solver that reckons exactly has found that no schedule is shorter."""
    FLOATING = "floating point"
    """A solver that reckons in floating point has."""
    UNCHECKED = "unchecked"
    """There is no certificate: nobody can verify it without proving it anew."""


class CertificateError(ValueError):
    """Data that is no certificate, or a certificate that does not prove its bound; the message says why."""


Prices = tuple[tuple[str, str], ...]
"""Of a slot, by engine, as fractions ("3/7"); engines that are not named are free."""


@dataclass(frozen=True, slots=True)
class Lift:
    """A slot whose head is greater than chains alone make it, for the work that must come before.

    Attributes:
        operation, implementation, slot: which slot; of its implementation, of its operation.
        since: the work is of slots that issue no earlier.
        before: least cycles from the issue of any of these slots to that of the lifted one.
        prices: of the work.
    """

    operation: int
    implementation: int
    slot: int
    since: int
    before: int
    prices: Prices


@dataclass(frozen=True, slots=True)
class PriceCertificate:
    """The work of the operations between a head and a tail, at prices of slots.

    Attributes:
        prices: of the work.
        head: no slot of these operations issues in an earlier cycle.
        tail: least cycles from the issue of any slot of these operations to the end.
        lifts: of heads.
    """

    prices: Prices
    head: int
    tail: int
    lifts: tuple[Lift, ...] = ()
    kind: str = "prices"

    @property
    def level(self) -> Level:
        """How far the bound can be trusted once this is checked."""
        return Level.CHECKED


@dataclass(frozen=True, slots=True)
class PathCertificate:
    """A chain of operations, each of which waits for the one before.

    Attributes:
        chain: operations and the least cycles in which they can issue, from the first to the last.
        lifts: of heads.
    """

    chain: tuple[tuple[int, int], ...]
    lifts: tuple[Lift, ...] = ()
    kind: str = "path"

    @property
    def level(self) -> Level:
        """How far the bound can be trusted once this is checked."""
        return Level.CHECKED


class Model(Enum):
    """What a solver has found to have no solution.  Both hold buffers whole, as the legality checker does."""

    COUNTS = "counts"
    """Counts of alike slots by cycle, over a partition of the operations."""
    EXACT = "exact"
    """A start for every slot."""


class Solver(Enum):
    """Who has found it."""

    CP_SAT = "CP-SAT"
    SCIP = "SCIP"


@dataclass(frozen=True, slots=True)
class Refutation:
    """A recipe to refute again that there is a schedule of ``length`` cycles.

    Attributes:
        model: what was refuted.
        solver: by whom.
        length: the cycles for which there is no schedule.
        apart: of counts, operations of classes of up to so many are told apart; 1 in the coarsest partition.
    """

    model: str
    solver: str
    length: int
    apart: int = 1
    kind: str = "refutation"

    @property
    def level(self) -> Level:
        """How far the bound can be trusted."""
        return Level.SOLVER if self.solver == Solver.CP_SAT.value else Level.FLOATING


@dataclass(frozen=True, slots=True)
class Wait:
    """What an operation pays for issuing late, to the operation that it reads from for landing early.

    Attributes:
        reader, source: classes of operations: of each word that one of the first reads from one of the second.
        first: a cycle.
        weights: by cycle from ``first`` on, never rising; before, the first of them; after, 0.
    """

    reader: int
    source: int
    first: int
    weights: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MultiplierCertificate:
    """Prices of slots by cycle, and weights of waiting, at which no schedule of ``length`` cycles can pay.

    They are multipliers of a Lagrangian relaxation: see :mod:`machine.certificates.multipliers`.

    Attributes:
        length: the cycles for which there is no schedule.
        classes: of the operations, in order: a number each, a name that waits use and no more.
        prices: of a slot, by engine and cycle; engines that are not named are free.
        waits: each pair of classes once.
    """

    length: int
    classes: tuple[int, ...]
    prices: tuple[tuple[str, tuple[int, ...]], ...]
    waits: tuple[Wait, ...]
    kind: str = "multipliers"

    @property
    def level(self) -> Level:
        """How far the bound can be trusted once this is checked."""
        return Level.CHECKED


Certificate = PriceCertificate | PathCertificate | MultiplierCertificate | Refutation


def certificate_to_json(certificate: Certificate) -> dict[str, Any]:
    """The certificate as plain data."""
    return asdict(certificate)


def certificate_from_json(data: object) -> Certificate:
    """Read what :func:`certificate_to_json` gave.

    Raises:
        CertificateError: it is no certificate.
    """
    if not isinstance(data, Mapping):
        raise CertificateError("a certificate must be a table")
    readers = {"prices": _work, "path": _path, "multipliers": _multipliers, "refutation": _refutation}
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in readers:
        raise CertificateError(f"certificates are of kind {', '.join(readers)}")
    certificate = readers[kind](data)
    unknown = set(data) - {field.name for field in fields(certificate)}
    if unknown:
        raise CertificateError(f"a certificate of kind {kind} has no {min(map(str, unknown))}")
    return certificate


def fraction(text: object) -> Fraction:
    """A price that is not below 0, as ``3`` or ``3/7``.

    Raises:
        CertificateError: it is none.
    """
    parts = text.split("/") if isinstance(text, str) and len(text) <= _MOST_DIGITS else []
    if not 1 <= len(parts) <= 2 or not all(part.isascii() and part.isdigit() for part in parts) or parts[1:] == ["0"]:
        raise CertificateError("a price must be a fraction that is not below 0")
    numbers = [int(part) for part in parts]
    if len(numbers) == 2 and numbers[1] == 0:
        raise CertificateError("a price must not be a fraction of 0")
    return Fraction(*numbers)


def _work(data: Mapping[str, Any]) -> Certificate:
    return PriceCertificate(_prices(data), _cycles(data, "head", 0), _cycles(data, "tail", 0), _lifts(data))


def _prices(data: Mapping[str, Any]) -> Prices:
    prices = _pairs(data.get("prices"), "prices", _MOST_PRICES)
    if not all(isinstance(engine, str) for engine, _ in prices):
        raise CertificateError("prices are by engine")
    for _, price in prices:
        fraction(price)
    return tuple((engine, price) for engine, price in prices)


def _lifts(data: Mapping[str, Any]) -> tuple[Lift, ...]:
    lifts = data.get("lifts", ())
    if not isinstance(lifts, list | tuple) or len(lifts) > _MOST_LINKS:
        raise CertificateError("lifts must be a list")
    return tuple(_lift(lift) for lift in lifts)


def _lift(data: object) -> Lift:
    if not isinstance(data, Mapping) or set(data) != {field.name for field in fields(Lift)}:
        raise CertificateError(f"a lift is a table of {', '.join(field.name for field in fields(Lift))}")
    places = _cycles(data, "operation", 0), _cycles(data, "implementation", 0), _cycles(data, "slot", 0)
    return Lift(*places, _cycles(data, "since", 0), _cycles(data, "before", 0), _prices(data))


def _path(data: Mapping[str, Any]) -> Certificate:
    chain = _pairs(data.get("chain"), "chain", _MOST_LINKS)
    if not all(type(number) is int and 0 <= number < MOST_CYCLES for link in chain for number in link):
        raise CertificateError("a chain is of operations and cycles")
    return PathCertificate(tuple((operation, cycle) for operation, cycle in chain), _lifts(data))


def _multipliers(data: Mapping[str, Any]) -> Certificate:
    prices = _pairs(data.get("prices"), "prices", _MOST_PRICES)
    if not all(isinstance(engine, str) for engine, _ in prices):
        raise CertificateError("prices are by engine")
    waits = data.get("waits")
    if not isinstance(waits, list | tuple) or len(waits) > _MOST_LINKS:
        raise CertificateError("waits must be a list")
    return MultiplierCertificate(
        _cycles(data, "length", 0),
        _numbers(data.get("classes"), "classes"),
        tuple((engine, _numbers(by_cycle, "prices of an engine")) for engine, by_cycle in prices),
        tuple(map(_wait, waits)),
    )


def _wait(data: object) -> Wait:
    if not isinstance(data, Mapping) or set(data) != {field.name for field in fields(Wait)}:
        raise CertificateError(f"a wait is a table of {', '.join(field.name for field in fields(Wait))}")
    places = _cycles(data, "reader", 0), _cycles(data, "source", 0), _cycles(data, "first", 0)
    return Wait(*places, _numbers(data["weights"], "weights"))


def _numbers(data: object, name: str) -> tuple[int, ...]:
    if not isinstance(data, list | tuple) or not 0 < len(data) <= _MOST_LINKS:
        raise CertificateError(f"{name} must be a list")
    if not all(type(each) is int and 0 <= each < MOST_CYCLES for each in data):
        raise CertificateError(f"{name} must be integers of at least 0")
    return tuple(data)


def _refutation(data: Mapping[str, Any]) -> Certificate:
    if data.get("model") not in [model.value for model in Model]:
        raise CertificateError(f"model must be one of {', '.join(model.value for model in Model)}")
    if data.get("solver") not in [solver.value for solver in Solver]:
        raise CertificateError(f"solver must be one of {', '.join(solver.value for solver in Solver)}")
    return Refutation(data["model"], data["solver"], _cycles(data, "length", 0), _cycles(data, "apart", 1))


def _cycles(data: Mapping[str, Any], name: str, least: int) -> int:
    value = data.get(name)
    if type(value) is not int or not least <= value < MOST_CYCLES:
        raise CertificateError(f"{name} must be an integer of at least {least}")
    return value


def _pairs(data: object, name: str, most: int) -> list[tuple[Any, Any]]:
    if not isinstance(data, list | tuple) or not 0 < len(data) <= most:
        raise CertificateError(f"{name} must be a list")
    if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in data):
        raise CertificateError(f"{name} must be of pairs")
    return [(first, second) for first, second in data]
