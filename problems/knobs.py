"""Knobs: the declared choices a problem leaves to a search, and to a user's ``--set knob=value``."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random

from machine.errors import UserError

KnobValue = int | str
KnobSettings = Mapping[str, KnobValue]


@dataclass(frozen=True, slots=True)
class Knob(ABC):
    """A named choice.  Subclasses give its kind and range.

    Attributes:
        name: unique within the problem.
        default: the value where nothing else is said.
        summary: what it decides.
        formerly: what kernels did before the knob was declared, where that is not the default: settings recorded then
            do not name the knob, and mean this.
    """

    name: str
    default: KnobValue
    summary: str
    formerly: KnobValue | None = field(default=None, kw_only=True)

    @property
    @abstractmethod
    def range(self) -> str:
        """The values it takes, for people to read."""

    @abstractmethod
    def parse(self, text: str) -> KnobValue:
        """The value that ``text`` names.

        Raises:
            UserError: ``text`` is no value of this knob.
        """

    @abstractmethod
    def sample(self, random: Random) -> KnobValue:
        """A value drawn from the range."""

    def mutate(self, value: KnobValue, random: Random) -> KnobValue:
        """A value near ``value``, where there is such a thing; else any other draw."""
        return self.sample(random)

    def _refuse(self, text: str) -> UserError:
        return UserError(f"knob {self.name} takes {self.range}, not '{text}'")


def default_settings(knobs: Iterable[Knob]) -> dict[str, KnobValue]:
    """The default of each knob, by name."""
    return {knob.name: knob.default for knob in knobs}


def recorded_settings(knobs: Iterable[Knob], recorded: KnobSettings) -> dict[str, KnobValue]:
    """Settings recorded earlier, completed: a knob that they do not name did not exist then."""
    before = {knob.name: knob.default if knob.formerly is None else knob.formerly for knob in knobs}
    return before | dict(recorded)


@dataclass(frozen=True, slots=True)
class IntegerKnob(Knob):
    """An integer from ``low`` to ``high``."""

    low: int
    high: int

    @property
    def range(self) -> str:
        return f"{self.low}..{self.high}"

    def parse(self, text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise self._refuse(text) from None
        if not self.low <= value <= self.high:
            raise self._refuse(text)
        return value

    def sample(self, random: Random) -> int:
        return random.randint(self.low, self.high)

    def mutate(self, value: KnobValue, random: Random) -> int:
        step = max(1, (self.high - self.low) // 10)
        return min(max(int(value) + random.randint(-step, step), self.low), self.high)


@dataclass(frozen=True, slots=True)
class ChoiceKnob(Knob):
    """One of a few names."""

    choices: tuple[str, ...]

    @property
    def range(self) -> str:
        return "|".join(self.choices)

    def parse(self, text: str) -> str:
        if text not in self.choices:
            raise self._refuse(text)
        return text

    def sample(self, random: Random) -> str:
        return random.choice(self.choices)


@dataclass(frozen=True, slots=True)
class GroupsKnob(Knob):
    """A set of groups: ``all``, ``none``, ``first:N``, ``last:N``, ``even:N`` (spread evenly), or ``0,3,5-9``."""

    groups: int

    @property
    def range(self) -> str:
        return f"all|none|first:N|last:N|even:N or numbers like 0,3,5-9 below {self.groups}"

    def parse(self, text: str) -> str:
        try:
            chosen_groups(text, self.groups)
        except ValueError:
            raise self._refuse(text) from None
        return text

    def sample(self, random: Random) -> str:
        where = random.choice(("all", "none", "first", "last", "even"))
        return where if where in ("all", "none") else f"{where}:{random.randint(1, self.groups)}"

    def mutate(self, value: KnobValue, random: Random) -> str:
        where, colon, count = str(value).partition(":")
        if not colon or random.random() < 0.2:
            return self.sample(random)
        return f"{where}:{min(max(int(count) + random.randint(-3, 3), 0), self.groups)}"


def chosen_groups(text: str, groups: int) -> frozenset[int]:
    """The set that a :class:`GroupsKnob` value names; ``ValueError`` if it names none."""
    if text == "all":
        return frozenset(range(groups))
    if text == "none":
        return frozenset()
    where, colon, count_text = text.partition(":")
    if colon:
        count = int(count_text)
        if not 0 <= count <= groups:
            raise ValueError(text)
        match where:
            case "first":
                return frozenset(range(count))
            case "last":
                return frozenset(range(groups - count, groups))
            case "even":
                return frozenset(k * groups // count for k in range(count))
        raise ValueError(text)
    chosen: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        span = range(int(first), int(last if dash else first) + 1)
        if not span or span[0] < 0 or span[-1] >= groups:
            raise ValueError(text)
        chosen.update(span)
    return frozenset(chosen)
