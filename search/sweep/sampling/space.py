"""The space of a study: the points that a sampler may choose, and the knobs and policy that a point stands for."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING

from machine.errors import UserError
from machine.model import Machine
from problems.knobs import ChoiceKnob, GroupsKnob, IntegerKnob, Knob, KnobValue, chosen_groups, default_settings
from problems.rules import Rule, broken_rule
from search.scheduling.policy import Policy
from search.strategy.stage_work import StageWork, format_works
from search.sweep.sampling.dimension import Choices, Dimension, Discrete, Integers, Point, distribution_of
from search.sweep.sampling.policy_space import policy_dimensions, policy_of
from search.sweep.study import StudySpec
from search.tasks.rewriting_knob import REWRITE, rewrite_knob

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

__all__ = ["GRID_LIMIT", "Point", "Space", "space_of"]

GRID_LIMIT = 1_000_000
"""Points of the largest grid."""

_STAGES = "stages"
"""The dimension of what trials go through."""

_PLACES = ("all", "none", "first", "last", "even")


class _Axis(ABC):
    """What takes part in a grid as a whole: the dimensions of one knob, or a discrete one of policies."""

    @property
    @abstractmethod
    def dimensions(self) -> Mapping[str, Discrete]:
        """Its dimensions, by name."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many settings a grid has of it."""

    @abstractmethod
    def setting(self, number: int) -> Point:
        """One of them."""

    @abstractmethod
    def value(self, point: Point) -> KnobValue | None:
        """The value of the knob; ``None`` where the point says nothing about it."""


@dataclass(frozen=True)
class _Single(_Axis):
    """An axis of one dimension, whose coordinates are the values."""

    name: str
    dimension: Discrete

    @property
    def dimensions(self) -> Mapping[str, Discrete]:
        return {self.name: self.dimension}

    @property
    def size(self) -> int:
        return len(self.dimension.values)

    def setting(self, number: int) -> Point:
        return {self.name: self.dimension.values[number]}

    def value(self, point: Point) -> KnobValue | None:
        found = point.get(self.name)
        assert not isinstance(found, float)
        return found


@dataclass(frozen=True)
class _Groups(_Axis):
    """An axis of two dimensions: where the chosen groups lie, and how many they are."""

    knob: GroupsKnob

    @property
    def dimensions(self) -> Mapping[str, Discrete]:
        where, count = self._start
        return {
            self._where: Choices(where, _PLACES),
            self._count: Integers(count, 1, self.knob.groups),
        }

    @property
    def size(self) -> int:
        return len(self._settings)

    def setting(self, number: int) -> Point:
        where, count = self._settings[number]
        return {self._where: where, self._count: count}

    def value(self, point: Point) -> KnobValue | None:
        if self._where not in point:
            return None
        return _groups_text(str(point[self._where]), int(point[self._count]))

    @property
    def _where(self) -> str:
        return f"knob.{self.knob.name}.where"

    @property
    def _count(self) -> str:
        return f"knob.{self.knob.name}.count"

    @property
    def _start(self) -> tuple[str, int]:
        """The default, or where that is a list of groups as many spread evenly."""
        text, groups = str(self.knob.default), self.knob.groups
        where, count = text.partition(":")[0], len(chosen_groups(text, groups))
        if count in (0, groups):
            where = "none" if count == 0 else "all"
        return where if where in _PLACES else "even", max(1, count)

    @cached_property
    def _settings(self) -> Sequence[tuple[str, int]]:
        """Settings that choose different groups."""
        distinct: dict[frozenset[int], tuple[str, int]] = {}
        for where in _PLACES:
            for count in range(1, self.knob.groups + 1):
                distinct.setdefault(chosen_groups(_groups_text(where, count), self.knob.groups), (where, count))
        return tuple(distinct.values())


class Space:
    """The points of a study.

    Made by :func:`space_of`.

    Attributes:
        dimensions: what coordinates may be, by name: ``knob.NAME``, ``knob.NAME.where`` and ``.count`` for a knob that
            chooses groups, ``policy.PARAMETER``, and ``stages`` where trials may go through different ones.
    """

    def __init__(
        self,
        values: Mapping[str, KnobValue],
        axes: Mapping[str, _Axis],
        machine: Machine,
        stages: Sequence[tuple[StageWork, ...]] = ((),),
        rules: Sequence[Rule] = (),
        *,
        policies: bool,
    ) -> None:
        self._rules = rules
        self._values = values
        self._axes = axes
        self._machine = machine
        self._stages = {format_works(works): works for works in stages}
        of_policies = policy_dimensions(machine) if policies else {}
        self.dimensions: dict[str, Dimension] = {}
        for axis in axes.values():
            self.dimensions |= axis.dimensions
        self.dimensions |= of_policies
        if len(self._stages) > 1:
            choices = tuple(self._stages)
            self.dimensions[_STAGES] = Choices(choices[0], choices)
            of_policies[_STAGES] = self.dimensions[_STAGES]
        discrete = [_Single(name, each) for name, each in of_policies.items() if isinstance(each, Discrete)]
        self._grid = [*axes.values(), *discrete]

    @cached_property
    def distributions(self) -> dict[str, "BaseDistribution"]:
        """The dimensions, as Optuna knows them.

        Raises:
            UserError: Optuna is not installed.
        """
        return {name: distribution_of(dimension) for name, dimension in self.dimensions.items()}

    @property
    def default(self) -> Point:
        """The point of the defaults, or the nearest to them that there is."""
        return {name: dimension.default for name, dimension in self.dimensions.items()}

    def knobs(self, point: Point) -> dict[str, KnobValue]:
        """The value of every knob of the problem: of the point, fixed, or the default."""
        found = {name: axis.value(point) for name, axis in self._axes.items()}
        return {**self._values, **{name: value for name, value in found.items() if value is not None}}

    def check(self, point: Mapping[str, object]) -> None:
        """Refuse what is no point of the space.

        Raises:
            UserError: a coordinate is of no dimension, or none that it has; or of a knob's two there is but one.
        """
        for name, value in point.items():
            if name not in self.dimensions or not self.dimensions[name].holds(value):
                raise UserError(f"{name[:60]} is not {str(value)[:60]!r} in its study")
        for axis in self._axes.values():
            if 0 < sum(name in point for name in axis.dimensions) < len(axis.dimensions):
                raise UserError(f"there is but one of {' and '.join(axis.dimensions)}")

    def allows(self, point: Point) -> bool:
        """Whether the knobs of a point keep the problem's rules."""
        return broken_rule(self._rules, self.knobs(point)) is None

    def policy(self, point: Point, seed: str) -> Policy:
        """The policy of a point, the default one where it says nothing; its random part is of ``seed``."""
        return policy_of(self._machine, point, seed)

    def stages(self, point: Point) -> tuple[StageWork, ...]:
        """What a trial of the point goes through after list scheduling."""
        return self._stages[str(point.get(_STAGES, next(iter(self._stages))))]

    @cached_property
    def grid_size(self) -> int:
        """How many points the grid has, those that rules leave out included.

        Raises:
            UserError: too many.
        """
        size = prod(axis.size for axis in self._grid)
        if size > GRID_LIMIT:
            raise UserError(
                f"a grid of {size:.1e} points, more than {GRID_LIMIT:,}: fix knobs with [studies.fix], "
                "list fewer values with [studies.space], or take another sampler"
            )
        return size

    def grid(self) -> Iterator[Point]:
        """Every setting of the knobs with every other that the rules allow, the last varying fastest.

        Settings that mean the same come once, and of a policy only what is discrete takes part: the rest keeps its
        default.

        Raises:
            UserError: too many.
        """
        return map(self.grid_point, self.grid_numbers)

    @cached_property
    def grid_numbers(self) -> Sequence[int]:
        """The numbers of the grid's points that keep the rules.

        Raises:
            UserError: too many points.
        """
        numbers = range(self.grid_size)
        return [number for number in numbers if self.allows(self.grid_point(number))] if self._rules else numbers

    def grid_point(self, number: int) -> Point:
        """A point of the grid, from 0."""
        settings = []
        for axis in reversed(self._grid):
            number, place = divmod(number, axis.size)
            settings.append(axis.setting(place))
        return {name: value for setting in reversed(settings) for name, value in setting.items()}


def space_of(study: StudySpec) -> Space:
    """The space of a study; to what end graphs are rewritten varies only where the study lists values.

    Raises:
        UserError: the problem has a knob of a kind of its own, and the study neither fixes it nor lists its values.
    """
    task = study.task.load()
    knobs = task.problem.knobs(task.shape, task.category, task.machine)
    values = default_settings(knobs) | study.fixed
    free = [knob for knob in knobs if knob.name not in study.fixed]
    if REWRITE in study.narrowed:
        free.append(rewrite_knob())
    axes = {knob.name: _axis(knob, study.narrowed.get(knob.name)) for knob in free}
    rules = task.problem.rules(task.shape, task.category, task.machine)
    return Space(values, axes, task.machine, study.stages, rules, policies=study.policies)


def _axis(knob: Knob, narrowed: tuple[KnobValue, ...] | None) -> _Axis:
    name = f"knob.{knob.name}"
    if narrowed is not None:
        start = knob.default if knob.default in narrowed else narrowed[0]
        return _Single(name, Choices(start, narrowed))
    match knob:
        case IntegerKnob():
            return _Single(name, Integers(knob.default, knob.low, knob.high))
        case ChoiceKnob():
            return _Single(name, Choices(knob.default, knob.choices))
        case GroupsKnob():
            return _Groups(knob)
    raise UserError(f"knob {knob.name} is of a kind that sweeps do not know: fix it, or list its values")


def _groups_text(where: str, count: int) -> str:
    return where if where in ("all", "none") else f"{where}:{count}"
