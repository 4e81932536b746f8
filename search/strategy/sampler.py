"""The seeded random search: which knobs and policies to try next.

Trials come in *batches*: one setting of the knobs, whose graph is built once, and many policies on it.  Batches come in
generations; a generation draws on the best of the generations before the last, so that it never waits for the newest
results, and so that what is tried depends on the seed alone, not on timing or the number of workers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from problems.knobs import Knob, KnobValue, default_settings
from problems.rules import MOST_DRAWS, Rule, broken_rule
from search.scheduling.policy import Policy

Settings = dict[str, KnobValue]

BATCH_SCHEDULES = 32
"""Policies tried on one setting of the knobs."""

_GENERATION_BATCHES = 8
_ELITES = 8
_FRESH = 0.15


@dataclass(frozen=True)
class BatchRequest:
    """A setting of the knobs and where to start among policies.

    Attributes:
        number: position in the search.
        seed: of the policies drawn.
        knobs: value of every knob.
        start: the policy to begin with, or ``None`` for the default.
        schedules: how many policies to try.
    """

    number: int
    seed: str
    knobs: dict[str, KnobValue]
    start: Policy | None
    schedules: int


@dataclass(frozen=True)
class Finding:
    """The best of a batch."""

    cycles: int
    number: int
    knobs: dict[str, KnobValue]
    policy: Policy


class Sampler:
    """Makes batch requests from findings.

    Args:
        knobs: the problem's declared knobs.
        fixed: knobs the user has set.
        seed: of everything.
        rules: which settings keep, as far as that can be drawn.
        start: what another stage has found already.
    """

    def __init__(
        self,
        knobs: Sequence[Knob],
        fixed: dict[str, KnobValue],
        seed: str,
        rules: Sequence[Rule] = (),
        start: Finding | None = None,
    ) -> None:
        self._rules = rules
        self._knobs = [knob for knob in knobs if knob.name not in fixed]
        self._base = default_settings(knobs) | fixed
        self._seed = seed
        self._start = start
        self._findings: dict[int, Finding | None] = {}

    @property
    def has_choices(self) -> bool:
        """Whether any knob is left to draw, so that there may be other graphs."""
        return bool(self._knobs)

    def tell(self, number: int, finding: Finding | None) -> None:
        """Note a batch's best, or that it led to nothing."""
        self._findings[number] = finding

    def ask(self, number: int, schedules: int = BATCH_SCHEDULES) -> BatchRequest | None:
        """Batch ``number``; ``None`` while results it draws on are missing."""
        needed = (number // _GENERATION_BATCHES - 1) * _GENERATION_BATCHES
        if any(earlier not in self._findings for earlier in range(max(0, needed))):
            return None
        found = [self._start, *(self._findings[earlier] for earlier in range(max(0, needed)))]
        elites = sorted((f for f in found if f is not None), key=lambda f: (f.cycles, f.number))[:_ELITES]
        seed = f"{self._seed}:{number}"
        random = Random(seed)
        if number == 0 and broken_rule(self._rules, self._base) is None:
            return BatchRequest(number, seed, dict(self._base), None, schedules)
        if not elites or random.random() < _FRESH:
            return BatchRequest(number, seed, self._allowed(self._base, self._fresh, random), None, schedules)
        elite = elites[min(int(random.expovariate(0.7)), len(elites) - 1)]
        return BatchRequest(number, seed, self._allowed(elite.knobs, self._near, random), elite.policy, schedules)

    def _allowed(self, start: Settings, draw: Callable[[Settings, Random], Settings], random: Random) -> Settings:
        """The first draw that keeps the rules; if there is none among many, what the draws start from."""
        for _ in range(MOST_DRAWS):
            drawn = draw(start, random)
            if broken_rule(self._rules, drawn) is None:
                return drawn
        return start

    def _fresh(self, start: Settings, random: Random) -> Settings:
        drawn = {knob.name: knob.sample(random) for knob in self._knobs if random.random() < 0.25}
        return start | drawn

    def _near(self, knobs: Settings, random: Random) -> Settings:
        """One to three knobs changed."""
        changed = random.sample(self._knobs, min(len(self._knobs), random.choice((0, 1, 1, 2, 3))))
        return knobs | {knob.name: knob.mutate(knobs[knob.name], random) for knob in changed}
