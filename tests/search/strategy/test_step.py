"""Lists of steps: written as they are read, and wrong words are told in one line."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.errors import UserError
from search.strategy import step as step_module
from search.strategy.registry import STAGES
from search.strategy.stages.windows_stage import WINDOW_WORK
from search.strategy.step import (
    IMPROVE_STEPS,
    SEARCH_STEPS,
    SOLVE_STEPS,
    GraphSize,
    Step,
    format_steps,
    from_nothing,
    parse_steps,
)
from tests.search.strategy.cases import start_of

names = st.lists(st.sampled_from(list(STAGES)), min_size=1, max_size=7)


def shares(steps: tuple[Step, ...]) -> list[float]:
    return [step.seconds for step in steps]


@given(names)
def test_steps_are_read_as_they_were_written(stages: list[str]) -> None:
    """Thirds and sevenths too: a share that is rounded gives other schedules, or one window less."""
    steps = parse_steps(",".join(stages))
    assert [step.stage.name for step in steps] == stages
    assert parse_steps(format_steps(steps)) == steps


@given(st.lists(st.tuples(st.sampled_from(list(STAGES)), st.floats(0, 0.2)), min_size=1, max_size=5))
def test_shares_are_read_as_they_were_written(named: list[tuple[str, float]]) -> None:
    steps = parse_steps(",".join(f"{name}:{share!r}" for name, share in named))
    assert shares(steps) == [share for _, share in named]
    assert parse_steps(format_steps(steps)) == steps


def test_stages_without_a_share_divide_what_is_left() -> None:
    assert shares(parse_steps("random, moves ,windows")) == pytest.approx([1 / 3] * 3)
    assert shares(parse_steps("random:0.5,moves,windows")) == [0.5, 0.25, 0.25]
    assert shares(parse_steps("random:0.5,moves:0.4,windows")) == pytest.approx([0.5, 0.4, 0.1])
    assert shares(parse_steps("random:1,moves")) == [1.0, 0.0]
    assert shares(parse_steps("moves:0.2")) == [0.2]


def test_a_share_is_of_time_of_schedules_and_of_windows() -> None:
    (moves,) = parse_steps("moves:0.3")
    assert (moves.seconds, moves.schedules, moves.windows) == (0.3, 0.3, 0.0)
    (windows,) = parse_steps("windows:0.5")
    prepared = start_of().prepared
    assert windows.counted_work(3000, prepared) == WINDOW_WORK  # one and a half windows are one
    assert windows.counted_work(4000, prepared) == 2 * WINDOW_WORK


@pytest.mark.parametrize("name", ["exact", "cp-sat"])
def test_the_work_of_a_solve_grows_with_the_schedules_and_its_share(name: str) -> None:
    half, all_of_it = (parse_steps(f"{name}:{share}")[0] for share in (0.5, 1))
    prepared = start_of().prepared
    works = [half.counted_work(schedules, prepared) for schedules in (500, 1000, 10_000)]
    assert works == pytest.approx([1.5, 3.0, 30.0])
    assert all_of_it.counted_work(1000, prepared) == pytest.approx(6.0)
    assert SEARCH_STEPS[2].counted_work(1000, prepared) == pytest.approx(3.0)


def test_a_few_schedules_are_not_worth_the_model_of_a_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes seconds to build, however little the solver may do with it: one schedule of saxpy took 48 s."""
    exact, prepared = SEARCH_STEPS[2], start_of().prepared
    assert exact.counted_work(1, prepared) == 0.0
    assert exact.counted_work(250, prepared) > 0.0
    monkeypatch.setattr(step_module, "is_small", lambda prepared: False)  # windows, each with a model of its own
    assert exact.counted_work(100, prepared) == 0.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            r"there is no stage '': use plan, random, list, justification, moves, windows, bound, exact, cp-sat",
        ),
        ("magic", r"there is no stage 'magic': use plan, random"),
        ("moves,,windows", r"there is no stage ''"),
        ("Moves", r"there is no stage 'Moves'"),
        ("moves:", r"stage moves: its share of the budget is a number from 0 to 1, not ''"),
        ("moves:half", r"a number from 0 to 1, not 'half'"),
        ("moves:-0.1", r"a number from 0 to 1, not '-0\.1'"),
        ("moves:1.1", r"a number from 0 to 1, not '1\.1'"),
        ("moves:nan", r"a number from 0 to 1, not 'nan'"),
        ("moves:0.5:0.5", r"a number from 0 to 1, not '0\.5:0\.5'"),
        ("moves:0.6,windows:0.6", r"stages 'moves:0\.6,windows:0\.6': the shares come to 1\.2, more than 1"),
    ],
)
def test_wrong_words_are_the_users_error_in_one_line(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as told:
        parse_steps(text)
    assert len(str(told.value).splitlines()) == 1


# The lists that commands begin with


@pytest.mark.parametrize("steps", [SEARCH_STEPS, SOLVE_STEPS, IMPROVE_STEPS])
@pytest.mark.parametrize("size", [GraphSize.SMALL, GraphSize.LARGE])
def test_the_shares_of_what_commands_do_on_a_graph_of_any_size_come_to_one(
    steps: tuple[Step, ...], size: GraphSize
) -> None:
    assert sum(step.seconds for step in steps if step.size in (GraphSize.ANY, size)) == pytest.approx(1.0)


def test_a_list_schedule_comes_first_where_there_is_none_and_the_first_stage_needs_one() -> None:
    assert [step.stage.name for step in from_nothing(parse_steps("moves,windows"))] == ["list", "moves", "windows"]
    assert from_nothing(parse_steps("list,moves")) == parse_steps("list,moves")
    assert from_nothing(SEARCH_STEPS) == SEARCH_STEPS
    assert [step.stage.name for step in from_nothing(SOLVE_STEPS)] == ["list", "exact"]


def test_a_step_suits_graphs_of_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = start_of().prepared
    for is_small, suits in ((True, [True, True, False]), (False, [True, False, True])):
        monkeypatch.setattr(step_module, "is_small", lambda prepared, answer=is_small: answer)
        assert [size.suits(prepared) for size in (GraphSize.ANY, GraphSize.SMALL, GraphSize.LARGE)] == suits


# Stages


@pytest.mark.parametrize("name", STAGES)
def test_every_stage_is_made_by_its_name_alone_and_says_what_it_does_in_one_line(name: str) -> None:
    stage = STAGES[name]()
    assert stage.name == name
    assert stage.summary
    assert "\n" not in stage.summary
    assert replace(Step(stage)) == Step(STAGES[name]())
    assert "," not in name
    assert ":" not in name
