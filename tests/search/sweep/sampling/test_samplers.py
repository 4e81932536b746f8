"""Samplers: what a point depends on, that a resumed study goes on, and that learning pays."""

import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from itertools import islice

import pytest

from machine.errors import UserError
from machine.model import load_machine
from problems.knobs import ChoiceKnob, GroupsKnob, IntegerKnob, Knob
from problems.loader import BUILT_IN
from search.sweep.sampling.samplers import StudySampler, make_sampler
from search.sweep.sampling.space import Point, Space, space_of
from search.sweep.sweep_file import SamplerKind, SamplerSettings, StudySpec
from search.tasks.task import TaskName

TAKEHOME = load_machine("takehome")
MIXED: tuple[Knob, ...] = (
    IntegerKnob("a", 0, "", 0, 50),
    IntegerKnob("b", 0, "", 0, 50),
    ChoiceKnob("c", "u", "", ("u", "v", "w")),
    GroupsKnob("d", "none", "", 8),
)
ADAPTIVE = (SamplerKind.TPE, SamplerKind.CMA_ES)
UNGRIDDED = (SamplerKind.RANDOM, *ADAPTIVE)
STARTUP = 5


@pytest.fixture
def space(monkeypatch: pytest.MonkeyPatch) -> Space:
    return mixed_space(monkeypatch, MIXED)


def mixed_space(patch: pytest.MonkeyPatch, knobs: tuple[Knob, ...], *, policies: bool = True) -> Space:
    patch.setattr(BUILT_IN["fir"], "knobs", lambda *_: knobs)
    return space_of(StudySpec(TaskName("fir", "", "all", TAKEHOME), {}, {}, policies))


def make(kind: SamplerKind, space: Space, seed: int = 0, study: int = 0) -> StudySampler:
    return make_sampler(SamplerSettings(kind, STARTUP), space, seed, study)


def cost(point: Point) -> int:
    """Cycles of a point of the mixed space: 100 at the best."""
    far = abs(int(point["knob.a"]) - 33) + abs(int(point["knob.b"]) - 12)
    return 100 + far + 30 * (point["knob.c"] != "v") + 3 * abs(int(point["knob.d.count"]) - 5)


def failing(index: int) -> bool:
    return index % 7 == 3


def run(sampler: StudySampler, trials: int, running: int = 1) -> list[Point]:
    """The points of a study whose trials end in order, so many of them running at once; some fail."""
    points: list[Point] = []
    for index in range(trials):
        point = sampler.ask(index)
        assert point is not None
        points.append(point)
        ended = index - running + 1
        if ended >= 0:
            sampler.tell(ended, None if failing(ended) else cost(points[ended]))
    return points


def resumed(kind: SamplerKind, space: Space, points: list[Point], ended: int) -> StudySampler:
    """A sampler that is told what another has handed out and how the first of it ended, by way of a journal."""
    sampler = make(kind, space)
    for index, point in enumerate(json.loads(json.dumps(points))):
        sampler.asked(index, point)
    for index in range(ended):
        sampler.tell(index, None if failing(index) else cost(points[index]))
    return sampler


# What points depend on


@pytest.mark.parametrize("kind", UNGRIDDED)
def test_the_first_point_is_that_of_the_defaults(kind: SamplerKind, space: Space) -> None:
    assert make(kind, space, seed=3).ask(0) == space.default


@pytest.mark.parametrize("kind", UNGRIDDED)
def test_points_are_of_the_space_and_of_plain_values(kind: SamplerKind, space: Space) -> None:
    for point in run(make(kind, space), 25):
        assert list(point) == list(space.dimensions)
        assert {type(value) for value in point.values()} == {int, float, str}
        for name, distribution in space.distributions.items():
            assert distribution._contains(distribution.to_internal_repr(point[name]))


@pytest.mark.parametrize("kind", UNGRIDDED)
def test_points_depend_on_seed_and_study(kind: SamplerKind, space: Space) -> None:
    first, again, seed, study = (run(make(kind, space, *each), 15) for each in ((0, 0), (0, 0), (1, 0), (0, 1)))
    assert first == again
    for other in (seed, study):
        assert all(here != there for here, there in zip(first[1:], other[1:], strict=True))


@pytest.mark.parametrize("kind", UNGRIDDED)
def test_no_two_points_are_the_same(kind: SamplerKind, space: Space) -> None:
    points = [tuple(point.values()) for point in run(make(kind, space), 40, running=3)]
    assert len(set(points)) == 40


def test_a_random_point_depends_on_nothing_else(space: Space) -> None:
    in_order = run(make(SamplerKind.RANDOM, space), 10)
    other = make(SamplerKind.RANDOM, space)
    assert [other.ask(index) for index in reversed(range(10))] == in_order[::-1]


def test_random_points_cover_the_space(space: Space) -> None:
    points = [make(SamplerKind.RANDOM, space).ask(index) for index in range(1, 200)]
    assert {point["knob.c"] for point in points if point} == {"u", "v", "w"}
    tens = [int(point["knob.a"]) // 10 for point in points if point]
    assert all(tens.count(ten) > 20 for ten in range(5))


@pytest.mark.parametrize("kind", ADAPTIVE)
def test_points_are_random_until_enough_trials_have_succeeded(kind: SamplerKind, space: Space) -> None:
    """A failed trial does not count, nor does one that is running."""
    at_random = make(SamplerKind.RANDOM, space)
    sampler = make(kind, space)
    for index in range(8):
        assert sampler.ask(index) == at_random.ask(index)
        sampler.tell(index, None if index < 4 else 100 + index)
    assert sampler.ask(8) == at_random.ask(8)
    sampler.tell(8, 100)
    assert sampler.ask(9) != at_random.ask(9)


@pytest.mark.parametrize("kind", ADAPTIVE)
def test_a_study_whose_trials_all_fail_goes_on(kind: SamplerKind, space: Space) -> None:
    sampler = make(kind, space)
    for index in range(30):
        assert sampler.ask(index)
        sampler.tell(index, None)


@pytest.mark.parametrize("kind", ADAPTIVE)
def test_what_was_told_changes_what_is_asked(kind: SamplerKind, space: Space) -> None:
    asked = []
    for sign in (1, -1):
        sampler = make(kind, space)
        for index in range(30):
            point = sampler.ask(index)
            sampler.tell(index, 1000 + sign * index)
        asked.append(point)
    assert asked[0] != asked[1]


def test_tpe_keeps_away_from_points_that_are_running(space: Space) -> None:
    free, busy = make(SamplerKind.TPE, space), make(SamplerKind.TPE, space)
    run(free, 15)
    run(busy, 15)
    wanted = free.ask(40)
    assert wanted is not None
    for index in range(15, 40):
        busy.asked(index, wanted)
    assert busy.ask(40) != wanted


# The grid


def test_a_grid_comes_in_its_order_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    space = mixed_space(monkeypatch, (IntegerKnob("a", 1, "", 1, 3), MIXED[2]), policies=False)
    sampler = make(SamplerKind.GRID, space)
    assert [sampler.ask(index) for index in range(9)] == list(space.grid())
    assert sampler.ask(9) is sampler.ask(1000) is None
    assert make(SamplerKind.GRID, space, seed=1).ask(4) == sampler.ask(4)


def test_a_grid_that_is_too_large_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = (IntegerKnob("a", 0, "", 0, 1000), IntegerKnob("b", 0, "", 0, 1000))
    with pytest.raises(UserError, match="a grid of 1"):
        make(SamplerKind.GRID, mixed_space(monkeypatch, wide, policies=False))


# Resuming


@pytest.mark.parametrize("kind", [SamplerKind.RANDOM, SamplerKind.TPE])
@pytest.mark.parametrize("trials", [3, 8, 20])
def test_a_resumed_study_asks_what_it_would_have_asked(kind: SamplerKind, space: Space, trials: int) -> None:
    """Random points depend on the index alone, and those of a TPE on what is known, which is all in the journal."""
    running = 3
    before = make(kind, space)
    points = run(before, trials, running)
    after = resumed(kind, space, points, trials - running + 1)
    for index in range(trials, trials + 4):
        assert before.ask(index) == after.ask(index)
        for sampler in (before, after):
            sampler.tell(index - running + 1, 120)


def test_a_resumed_grid_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    space = mixed_space(monkeypatch, MIXED, policies=False)
    points = list(islice(space.grid(), 8))
    assert resumed(SamplerKind.GRID, space, points[:7], 5).ask(7) == points[7]


@pytest.mark.parametrize("kind", ADAPTIVE)
def test_a_resumed_study_keeps_learning(kind: SamplerKind, space: Space) -> None:
    points = run(make(SamplerKind.RANDOM, space), 40)
    sampler = resumed(kind, space, points, 36)
    for index in range(40, 200):
        point = sampler.ask(index)
        assert point is not None
        sampler.tell(index, cost(point))
        points.append(point)
    for index in range(36, 40):  # which were running when the sweep ended
        sampler.tell(index, cost(points[index]))
    assert mean_cost(points[160:]) < 0.9 * mean_cost(points[:40])


def test_a_resumed_cma_es_starts_at_the_best_that_is_known(space: Space) -> None:
    good = {**space.default, "knob.a": 33, "knob.b": 12}
    points = [good if index % 10 == 0 else {**space.default, "knob.a": 3, "knob.b": 45} for index in range(60)]
    sampler = resumed(SamplerKind.CMA_ES, space, points, 60)
    asked = [sampler.ask(index) for index in range(60, 90)]
    assert all(point and abs(int(point["knob.a"]) - 33) < 20 and int(point["knob.b"]) < 32 for point in asked)


@pytest.mark.parametrize("kind", ADAPTIVE)
def test_trials_may_end_in_any_order(kind: SamplerKind, space: Space) -> None:
    sampler = make(kind, space)
    points = [sampler.ask(index) for index in range(20)]
    for index in (7, 19, 0, *range(1, 7), *range(8, 19)):
        sampler.tell(index, None if index % 3 == 0 else 100)
    assert sampler.ask(20) not in points


@pytest.mark.parametrize("kind", ADAPTIVE)
@pytest.mark.parametrize("change", [{"knob.a": 51}, {"knob.c": "x"}, {"knob.e": 1}])
def test_a_point_of_another_space_is_refused(kind: SamplerKind, space: Space, change: Point) -> None:
    with pytest.raises(UserError, match="point 4 is none of the study's space"):
        make(kind, space).asked(4, space.default | change)


# Learning


def mean_cost(points: list[Point]) -> float:
    return sum(map(cost, points)) / len(points)


@pytest.mark.parametrize("running", [1, 4])
def test_tpe_beats_chance(running: int, space: Space) -> None:
    """On three seeds together: chance comes within 12 cycles of the best on the average, TPE within 3."""
    chance, learnt = (
        sum(min(map(cost, run(make(kind, space, seed), 80, running))) - 100 for seed in range(3))
        for kind in (SamplerKind.RANDOM, SamplerKind.TPE)
    )
    assert learnt < 0.6 * chance


@pytest.mark.parametrize("kind", ADAPTIVE)
def test_later_points_are_better(kind: SamplerKind, space: Space) -> None:
    points = run(make(kind, space), 100)
    assert mean_cost(points[60:]) < mean_cost(points[1:20])


# Odd spaces


def knobs_of(*sizes: int) -> tuple[Knob, ...]:
    return tuple(IntegerKnob(f"k{size}", 0, "", 0, size - 1) for size in sizes)


@pytest.mark.parametrize("knobs", [knobs_of(1), knobs_of(2), knobs_of(1, 2), knobs_of(2, 9), (MIXED[2],), ()])
def test_a_small_space_is_searched_with_tpe(knobs: tuple[Knob, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = make(SamplerKind.TPE, mixed_space(monkeypatch, knobs, policies=False))
    for index in range(12):
        point = sampler.ask(index)
        assert point is not None
        sampler.tell(index, 100 + sum(value for value in point.values() if isinstance(value, int)))


@pytest.mark.parametrize("knobs", [knobs_of(2), knobs_of(1, 2), knobs_of(2, 9), (*knobs_of(9), MIXED[2])])
def test_a_small_space_is_searched_with_cma_es(knobs: tuple[Knob, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = make(SamplerKind.CMA_ES, mixed_space(monkeypatch, knobs, policies=False))
    for index in range(40):
        point = sampler.ask(index)
        assert point is not None
        sampler.tell(index, 100 + sum(value for value in point.values() if isinstance(value, int)))


@pytest.mark.parametrize("knobs", [(), (MIXED[2],), knobs_of(1)])
def test_cma_es_refuses_a_space_without_numbers(knobs: tuple[Knob, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"sampler cma-es searches numbers.* take tpe"):
        make(SamplerKind.CMA_ES, mixed_space(monkeypatch, knobs, policies=False))


# Optuna


@pytest.fixture
def records(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """What Optuna has logged, which it does not pass on to the root."""
    logger = logging.getLogger("optuna")
    logger.addHandler(caplog.handler)
    yield lambda: [record.getMessage() for record in caplog.records]
    logger.removeHandler(caplog.handler)


@pytest.mark.parametrize("kind", ADAPTIVE)
def test_optuna_is_quiet(kind: SamplerKind, space: Space, records: Callable[[], list[str]]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(make(kind, space), 25)
    assert records() == []


@pytest.mark.parametrize("library", ["optuna", "cmaes"])
def test_a_missing_library_is_a_user_error(library: str, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "search.sweep.sampling.adaptive", raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(UserError, match=rf"sampler tpe needs {library}: pip install -e '\.\[sweep\]'"):
        make(SamplerKind.TPE, space)
    assert make(SamplerKind.RANDOM, space).ask(0) == space.default
