"""Rules between knobs and on shapes: what they say, and that searches and sweeps keep them."""

import inspect
import sys
from pathlib import Path
from random import Random

import pytest

from machine.errors import GraphError, UserError
from machine.model import load_machine
from problems.knobs import ChoiceKnob, IntegerKnob, KnobValue
from problems.language import Array, ArrayKernel, Code, Size, choice, read, written
from problems.problem import check_shape
from problems.rules import Rule, RuleError, broken_rule, require_rules, sample_settings
from search.cli.main import main
from search.strategy.sampler import Sampler
from search.sweep.sampling.samplers import GridPoints, RandomPoints, make_sampler
from search.sweep.sampling.space import Space, space_of
from search.sweep.study import StudySpec
from search.sweep.sweep_file import SamplerKind, SamplerSettings, load_sweep_file
from search.tasks.building import build_graph
from search.tasks.task import Task, TaskName

HOW = ChoiceKnob("how", "add", "", ("add", "shift"))
TILE = IntegerKnob("tile", 1, "", 1, 8)


@pytest.mark.parametrize(
    ("text", "settings", "holds"),
    [
        ("tile % 2 == 0", {"tile": 4}, True),
        ("tile % 2 == 0", {"tile": 3}, False),
        ("tile * 8 <= n", {"tile": 4}, True),
        ("how == 'add' or tile < 3", {"how": "shift", "tile": 3}, False),
        ("not (how == 'shift' and tile > 2)", {"how": "add", "tile": 3}, True),
        ("1 < tile <= 4", {"tile": 5}, False),
        ("how in ('add', 'shift')", {"how": "add"}, True),
        ("loop1.group <= tile", {"loop1.group": 3, "tile": 2}, False),
        ("loop1.group <= tile", {"tile": 2}, True),  # there is no such knob at this shape
    ],
)
def test_what_rules_say(text: str, settings: dict[str, int | str], holds: bool) -> None:
    assert Rule(text, {"n": 32}).holds(settings) == holds


@pytest.mark.parametrize(
    "text", ["tile +", "tile ** 2 > 3", "f(tile)", "[tile]", "a.b.c == 1", "tile if how else 3", "1.5"]
)
def test_nothing_else_is_a_rule(text: str) -> None:
    with pytest.raises(UserError, match="rule '"):
        Rule(text, {})


@pytest.mark.parametrize("text", ["not " * 2000 + "tile", "tile" + " + 1" * 2000, "(1, " * 300 + "tile" + ")" * 300])
def test_rules_that_are_nested_too_deeply_are_refused_in_a_short_line(text: str) -> None:
    with pytest.raises(UserError, match=r'^rule ".{20,60}\.\.\. is nested too deeply$'):
        Rule(text, {})


def test_a_rule_that_is_read_and_then_too_deep_to_be_reckoned_is_a_users_error() -> None:
    rule = Rule("not " * 300 + "tile", {})

    def below(frames: int) -> bool:
        return below(frames - 1) if frames else rule.holds({"tile": 1})

    room = sys.getrecursionlimit() - len(inspect.stack())
    with pytest.raises(UserError, match="is nested too deeply"):
        below(room - 200)


def test_errors_of_rules_are_a_users() -> None:
    with pytest.raises(UserError, match="rule 'tile % 0 == 1'"):
        Rule("tile % 0 == 1", {}).holds({"tile": 1})
    with pytest.raises(RuleError, match=r"^n=20, tile=3: the problem asks for tile \* 8 <= n$"):
        require_rules([Rule("tile * 8 <= n", {"n": 20})], {"tile": 3})


def test_drawn_settings_keep_rules() -> None:
    rules = [Rule("how == 'add' or tile == 5", {})]
    drawn = [sample_settings([HOW, TILE], rules, Random(number)) for number in range(60)]
    assert {each["how"] for each in drawn} == {"add", "shift"}
    assert all(broken_rule(rules, each) is None for each in drawn)
    assert sample_settings([TILE], [Rule("tile > 8", {})], Random(1)) == {"tile": 1}


class Tiled(ArrayKernel):
    """Words copied, some at a time."""

    n = Size(16)
    how, tile = choice("add", "shift"), choice("1", "2", "4")
    x, y = read("n"), written("n")
    restrictions = ("n % 2 == 0", "how == 'add' or tile == '4'")

    def kernel(self, k: Code, n: int, how: str, tile: str, x: Array, y: Array) -> None:
        for i in k.range(n):
            y[i] = x[i] * int(tile) if how == "add" else x[i] << int(tile)


MACHINE = load_machine("takehome")


def test_a_kernel_declares_restrictions() -> None:
    problem, shape = Tiled(), check_shape(Tiled(), {})
    task = Task(problem, shape, "all", MACHINE)
    build_graph(task, {"how": "shift", "tile": "4", "loop1.group": 1})
    with pytest.raises(GraphError, match="how=shift, tile=2: the problem asks for"):
        build_graph(task, {"how": "shift", "tile": "2", "loop1.group": 1})
    with pytest.raises(RuleError, match="n=15: the problem asks for n % 2 == 0"):
        problem.knobs(check_shape(problem, {"n": 15}), "all", MACHINE)


def test_searches_draw_what_rules_allow() -> None:
    problem, shape = Tiled(), check_shape(Tiled(), {})
    knobs, rules = problem.knobs(shape, "all", MACHINE), problem.rules(shape, "all", MACHINE)
    sampler = Sampler(knobs, {}, "0", rules)
    asked = [request for request in map(sampler.ask, range(8)) if request is not None]
    asked += [request for number in range(8) for request in [Sampler(knobs, {}, str(number), rules).ask(1)] if request]
    assert {request.knobs["tile"] for request in asked} > {"1"}
    assert all(broken_rule(rules, request.knobs) is None for request in asked)


def test_defaults_that_break_a_rule_are_not_tried() -> None:
    rules = [Rule("how == 'shift' and tile > 4", {})]
    first = Sampler([HOW, TILE], {"how": "shift"}, "0", rules).ask(0)
    assert first is not None
    assert broken_rule(rules, first.knobs) is None


KERNEL = """
from problems.language import ArrayKernel, Size, choice, updated


class Doubled(ArrayKernel):
    \"\"\"Words doubled.\"\"\"

    n = Size(16)
    how, times = choice("add", "shift"), choice("1", "2")
    x = updated("n")
    restrictions = ("how == 'add' or times == '2'",)

    def kernel(self, k, n, how, times, x):
        for i in k.range(n):
            for _ in range(int(times)):
                x[i] = x[i] + x[i] if how == "add" else x[i] << 1
"""


def test_the_command_line_names_the_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "doubled.py").write_text(KERNEL, encoding="utf-8")
    problem = f"{tmp_path / 'doubled.py'}:Doubled"
    for command in ("search", "solve"):
        words = [
            command,
            problem,
            "--set",
            "how=shift",
            "--set",
            "times=1",
            "--results",
            str(tmp_path),
            "--time-limit",
            "1",
        ]
        monkeypatch.setattr(sys, "argv", ["slotsmith", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2
        said = "slotsmith: how=shift, times=1: the problem asks for how == 'add' or times == '2'\n"
        assert capsys.readouterr().err == said
    monkeypatch.setattr(sys, "argv", ["slotsmith", "knobs", problem])
    with pytest.raises(SystemExit):
        main()
    assert "rule: how == 'add' or times == '2'\n" in capsys.readouterr().out


def space(monkeypatch: pytest.MonkeyPatch) -> Space:
    task = Task(Tiled(), check_shape(Tiled(), {}), "all", MACHINE)
    monkeypatch.setattr(TaskName, "load", lambda self: task)
    fixed: dict[str, KnobValue] = {"loop1.group": 1, "constants": "loaded", "by_lanes": 0}
    return space_of(StudySpec(TaskName("tiled", "n=16", "all", MACHINE), fixed, {}, policies=False))


def test_where_no_draw_keeps_the_rules_a_sweep_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Space, "allows", lambda self, point: False)
    for kind in (SamplerKind.RANDOM, SamplerKind.GRID, SamplerKind.TPE):
        assert make_sampler(SamplerSettings(kind, 2), space(monkeypatch), 0, 0).ask(0) is None


def test_a_sweep_that_fixes_what_a_rule_forbids_is_refused(tmp_path: Path) -> None:
    (tmp_path / "doubled.py").write_text(KERNEL, encoding="utf-8")
    file = tmp_path / "sweep.toml"
    study = f'[[studies]]\nproblem = "{tmp_path}/doubled.py:Doubled"\nfix = {{ how = "shift", times = "1" }}\n'
    file.write_text(f'name = "ruled"\nbudget = {{ trials = 2 }}\n{study}', encoding="utf-8")
    with pytest.raises(
        UserError, match=r"studies\[0\]\.fix: for n=16 all on takehome: how=shift, times=1: the problem"
    ):
        load_sweep_file(file)


def test_sweeps_draw_what_rules_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = GridPoints(space(monkeypatch))
    points = [point for index in range(7) for point in [grid.ask(index)] if point]
    assert [(point["knob.how"], point["knob.tile"]) for point in points] == [
        ("add", "1"), ("add", "2"), ("add", "4"), ("shift", "4")
    ]  # fmt: skip
    drawn = RandomPoints(space(monkeypatch), 0, 0)
    assert {(point["knob.how"], point["knob.tile"]) for point in map(drawn.ask, range(40))} == {
        (point["knob.how"], point["knob.tile"]) for point in points
    }


def test_adaptive_samplers_draw_what_rules_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    adaptive = pytest.importorskip("search.sweep.sampling.adaptive")
    points = space(monkeypatch)
    sampler = adaptive.TpePoints(points, RandomPoints(points, 0, 0).ask, 3, "0")
    for index in range(25):
        point = sampler.ask(index)
        assert points.allows(point)
        sampler.tell(index, 100 - 10 * int(point["knob.tile"]))
