"""Knob importance: what matters is told from chance, and where nothing can be told that is said."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.sweep.reporting.importance import LEAST_TRIALS, Importance, Result, importance_of
from search.sweep.reporting.value_table import Tried, value_table
from search.sweep.sampling.space import Point


def drawn(random: Random) -> Point:
    return {
        "number": random.randint(1, 32),
        "real": 10 ** random.uniform(-2, 3),
        "name": random.choice(("flow", "either", "alu")),
        "choice": random.choice((8, 16, "auto")),
        "fixed": 3,
    }


def results(score: str, count: int = 80, seed: int = 0) -> list[Result]:
    """Trials whose cycles depend on one dimension, and a little on chance."""
    random = Random(seed)
    points = [drawn(random) for _ in range(count)]
    ranks = {value: place for place, value in enumerate(sorted({p[score] for p in points}, key=_order))}
    return [Result(p, 100 + 10 * ranks[p[score]] + random.randint(0, 9)) for p in points]


def _order(value: object) -> tuple[float, str]:
    return (value, "") if isinstance(value, int | float) else (0.0, str(value))


def clear(importance: Importance) -> list[str]:
    return [weight.dimension for weight in importance.weights if weight.is_clear]


@pytest.mark.parametrize("score", ["number", "real", "name", "choice"])
def test_the_dimension_that_decides_comes_first(score: str) -> None:
    importance = importance_of(results(score))
    first = importance.weights[0]
    assert (first.dimension, first.is_clear) == (score, True)
    assert first.share > 0.5
    assert sum(weight.share for weight in importance.weights) == pytest.approx(1.0)
    assert importance.trials == 80


@pytest.mark.parametrize("seed", range(8))
def test_ten_trials_suffice_for_a_knob_that_halves_the_cycles(seed: int) -> None:
    random, cycles = Random(seed), {1: 90, 2: 60, 4: 45, 8: 43}
    points: list[Point] = [
        {"accumulators": accumulators, "unroll": random.choice((1, 2, 4)), "order": random.random()}
        for accumulators in (1, 1, 1, 2, 2, 2, 4, 4, 8, 8)
    ]
    importance = importance_of(
        [Result(each, cycles[int(each["accumulators"])] + random.randint(0, 6)) for each in points]
    )
    assert importance.weights[0].dimension == "accumulators"
    assert importance.weights[0].is_clear
    assert importance.doubt is None


def test_where_none_stands_out_it_says_whether_trials_are_too_few() -> None:
    def doubt(count: int) -> str | None:
        random = Random(2)
        trials = [Result({"a": random.random(), "b": random.random()}, random.randint(0, 99)) for _ in range(count)]
        return importance_of(trials).doubt

    assert doubt(12) == "too few trials to tell which of 2 dimensions matters: 12"
    assert doubt(40) == "no dimension matters more than chance"


def test_where_results_are_chance_next_to_nothing_is_clear() -> None:
    """One in twenty is to be expected."""
    found = 0
    for seed in range(5):
        random = Random(seed)
        trials = [Result(drawn(random), random.randint(50, 120)) for _ in range(40)]
        found += len(clear(importance_of(trials)))
    assert found <= 4  # of 20


def test_a_dimension_that_does_not_vary_is_left_out() -> None:
    assert {weight.dimension for weight in importance_of(results("name")).weights} == {
        "number",
        "real",
        "name",
        "choice",
    }


def test_the_scale_of_a_number_does_not_matter() -> None:
    trials = results("real")
    scaled = [Result({**point, "real": float(point["real"]) ** 3 + 7}, cycles) for point, cycles in trials]
    assert importance_of(scaled) == importance_of(trials)


def test_a_few_better_trials_count_where_most_are_equally_bad() -> None:
    random = Random(0)
    points = [drawn(random) for _ in range(100)]
    good = {id(point) for point in points if int(point["number"]) > 29}
    assert 0 < len(good) < 25
    importance = importance_of([Result(point, 16 if id(point) in good else 20) for point in points])
    assert importance.weights[0].dimension == "number"
    assert "number" in clear(importance)


def test_a_dimension_that_only_some_trials_have_does_no_harm() -> None:
    trials = [Result(p if n % 2 else {**p, "extra": n % 3}, c) for n, (p, c) in enumerate(results("number"))]
    importance = importance_of(trials)
    assert importance.weights[0].dimension == "number"
    assert "extra" in {weight.dimension for weight in importance.weights}


@pytest.mark.parametrize(
    ("trials", "reason"),
    [
        ([], "too few trials: 0 led to a program, and 10 are needed"),
        (results("number")[: LEAST_TRIALS - 1], "too few trials: 9 led to a program, and 10 are needed"),
        ([Result({"a": n}, 30) for n in range(12)], "all 12 trials led to 30 cycles"),
        ([Result({"a": 1}, n) for n in range(12)], "no dimension varies"),
        ([Result({}, n) for n in range(12)], "no dimension varies"),
    ],
)
def test_where_nothing_can_be_told_that_is_said(trials: list[Result], reason: str) -> None:
    assert importance_of(trials) == Importance(len(trials), (), reason)


def test_it_depends_on_the_trials_alone() -> None:
    assert importance_of(results("number", 20)) == importance_of(results("number", 20))


# Tables of values


def test_a_table_has_a_row_for_each_value() -> None:
    tried = [Tried({"n": 8}, 50), Tried({"n": 16}, 40), Tried({"n": 8}, 41), Tried({"n": 16}, None), Tried({}, 1)]
    rows = [(row.value, row.trials, row.failed, row.best, row.mean) for row in value_table("n", tried).rows]
    assert rows == [("8", 2, 0, 41, 45.5), ("16", 2, 1, 40, 40.0)]


def test_names_are_in_the_order_of_their_means_and_those_that_always_failed_come_last() -> None:
    tried = [Tried({"n": "a"}, 50), Tried({"n": "b"}, None), Tried({"n": "c"}, 40), Tried({"n": "d"}, 45)]
    table = value_table("n", tried)
    assert [row.value for row in table.rows] == ["c", "d", "a", "b"]
    assert (table.rows[-1].best, table.rows[-1].mean) == (None, None)


def test_many_numbers_are_put_together_in_groups_of_as_many_trials() -> None:
    table = value_table("n", [Tried({"n": number / 8}, number) for number in range(100)])
    assert [row.trials for row in table.rows] == [20] * 5
    assert [row.value for row in table.rows][:2] == ["0 .. 2.38", "2.5 .. 4.88"]
    assert [row.best for row in table.rows] == [0, 20, 40, 60, 80]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-20, 20) | st.floats(-5, 5), st.none() | st.integers(1, 99))))
def test_every_trial_is_in_one_row(tried: list[tuple[float, int | None]]) -> None:
    table = value_table("n", [Tried({"n": value}, cycles) for value, cycles in tried])
    assert sum(row.trials for row in table.rows) == len(tried)
    assert sum(row.failed for row in table.rows) == sum(cycles is None for _, cycles in tried)
    found = [cycles for _, cycles in tried if cycles is not None]
    assert min((row.best for row in table.rows if row.best is not None), default=None) == min(found, default=None)
