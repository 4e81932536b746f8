"""Whatever is wrong with a sweep file is told in a line."""

import os
from pathlib import Path

import pytest

from machine.errors import UserError
from search.sweep.sweep_file import load_sweep_file
from tests.search.sweep.sweep_text import RUNGS, SWEEP, TAKEHOME_FILE, Load, changed

WRONG: list[tuple[str, str, str]] = [
    # the file as a whole
    (SWEEP, "", "studies is missing"),
    (SWEEP, "studies = 3", "studies must be a list of tables, not 3"),
    (SWEEP, "studies = []", r"studies must be a list of tables, not \[\]"),
    (SWEEP, "seed = ", "Invalid value"),
    (SWEEP, "a = " + "[" * 10_000, r"sweep\.toml: "),
    ("seed = 7", "seeds = 7", "unknown key 'seeds': use name, seed, budget"),
    ('"night"', '"a/b"', "name must be of letters"),
    ('"night"', '".."', "name must be of letters"),
    ('"night"', '""', "name must be a text, not ''"),
    ('"night"', "3", "name must be a text, not 3"),
    ("seed = 7", "seed = 1.5", r"seed must be an integer, not 1\.5"),
    ("seed = 7", "seed = true", "seed must be an integer, not True"),
    # beyond all measure, or not for a terminal
    ("trials = 2000", "trials = 1_000_000_000", "trials must be an integer of at least 1 and at most 100,000,000"),
    ("startup = 20", "startup = 1_000_000_000", "startup must be an integer .* at most 100,000,000"),
    ("schedules = 16", "schedules = 100_000_000", "schedules must be an integer .* at most 10,000,000"),
    ("inputs = 256", "inputs = 1_000_000_000", "inputs must be an integer .* at most 1,048,576"),
    ("cpus = 2", "cpus = 100_000", "cpus must be an integer .* at most 4,096"),
    ("workers = 6", "workers = 100_000", "workers must be an integer .* at most 4,096"),
    ("first = 9", "first = 1_000_000_000", "first must be an integer .* at most 100,000,000"),
    (SWEEP, "a = 1\n" * (1 << 18), r"it has 1,572,864 bytes, more than 1,048,576"),
    ('"night"', '"\\u001b[2Jnight"', r"name must be a text, not '\\x1b"),
    ('"night"', f'"{"n" * 2000}"', "name must be a text"),
    # budget
    ("hours = 8", "hours = 0", r"\[budget\]: hours must be a number above 0 and at most 1e\+09, not 0"),
    ("hours = 8", "hours = inf", "hours must be a number above 0"),
    ("hours = 8", "hours = nan", "hours must be a number above 0"),
    ("hours = 8", 'hours = "8"', "hours must be a number above 0"),
    ("hours = 8", "hours = 1979-05-27", "hours must be a number above 0"),
    (
        "trials = 2000",
        "trials = 0",
        r"\[budget\]: trials must be an integer of at least 1 and at most 1.*, not 0",
    ),
    ("hours = 8", "minutes = 8", r"\[budget\]: unknown key 'minutes': use hours, trials"),
    ("[budget]\nhours = 8\ntrials = 2000", "budget = 8", "budget must be a table, not 8"),
    # sampler
    ('"cma-es"', '"cmaes"', r"\[sampler\]: kind must be one of random, grid, tpe, cma-es, not 'cmaes'"),
    ('"cma-es"', "[]", r"kind must be one of .*, not \[\]"),
    ("startup = 20", "startup = 0", "startup must be an integer of at least 1"),
    ("startup = 20", "population = 20", "unknown key 'population': use kind, startup"),
    # trial
    ("schedules = 16", "schedules = 0", r"\[trial\]: schedules must be an integer of at least 1"),
    ("inputs = 256", "inputs = -1", "inputs must be an integer of at least 1"),
    ("inputs = 256", f"inputs = {10**30}", "inputs must be an integer of at least 1"),
    ("seconds = 60", "seconds = 0.0", "seconds must be a number above 0"),
    ("memory_gib = 1.5", "memory_gib = -1", "memory_gib must be a number above 0"),
    ("memory_gib = 1.5", f"memory_gib = {10**400}", "memory_gib must be a number above 0"),
    ("cpus = 2", "cpus = 0.5", "cpus must be an integer of at least 1"),
    ("cpus = 2", "threads = 2", "unknown key 'threads': use schedules, inputs, memory_gib, seconds, cpus"),
    # halving
    (
        "factor = 3",
        "factor = 1",
        r"\[halving\]: factor must be an integer of at least 2 and .*, not 1",
    ),
    ("first = 9", "first = 0", "first must be an integer of at least 1"),
    ("first = 9", "", r"\[halving\]: first is missing"),
    (RUNGS, "", "rungs is missing"),
    (
        "rungs = [{ moves = 400 }, { moves = 40, cp-sat = 20.0 }]",
        "rungs = []",
        r"rungs must be a list of tables, not \[\]",
    ),
    (RUNGS, "rungs = [400]", "rungs must be a list of tables"),
    (
        "moves = 400",
        "moves = 0.5",
        r"\[halving\]: \[\[rungs\]\] 1: moves: stage moves takes an integer",
    ),
    ("cp-sat = 20.0", "cp-sat = 0", r"\[\[rungs\]\] 2: cp-sat must be a number above 0"),
    (
        "cp-sat = 20.0",
        "z3 = 20.0",
        r"\[\[rungs\]\] 2: z3: there is no stage 'z3' that goes on from a schedule",
    ),
    (
        "cp-sat = 20.0",
        "random = 20",
        r"\[\[rungs\]\] 2: random: there is no stage 'random' that goes",
    ),
    ("{ moves = 400 }", "{}", r"\[\[rungs\]\] 1: name at least one stage"),
    # executor
    ('"ray"', '"slurm"', r"\[executor\]: kind must be one of in-process, processes, ray, not 'slurm'"),
    ('"ray"', '"processes"', "address is for kind = 'ray', not 'processes'"),
    ("workers = 6", "workers = 0", "workers must be an integer of at least 1"),
    ('address = "auto"', "address = 6379", "address must be a text, not 6379"),
    ("workers = 6", "worker = 6", "unknown key 'worker': use kind, workers, address"),
    # machines
    ('name = "small"\n', "", r"\[\[machines\]\] 1: name is missing"),
    ('base = "takehome"', "", r"\[\[machines\]\] 1: base is missing"),
    ('base = "takehome"', 'base = "takeaway"', r"\[\[machines\]\] 1: base: unknown machine 'takeaway'"),
    ('base = "takehome"', 'base = "small"', "base: unknown machine 'small'"),
    ('name = "small"', 'name = "takehome"', "name 'takehome' is taken"),
    ('name = "small"', 'name = "small.toml"', r"name 'small\.toml' is that of a file"),
    ('name = "small"', 'name = "a b"', "name must be of letters"),
    ("[[studies]]", '[[machines]]\nname = "small"\nbase = "takehome"\n[[studies]]', r"\] 2: name 'small' is taken"),
    ("scratch_words = 1024", "scratch_words = 0", "scratch_words must be an integer of at least 1"),
    ("scratch_words = 1024", "vector_length = 0", "vector_length must be an integer of at least 1"),
    (
        "scratch_words = 1024",
        "scratch = 1024",
        "unknown key 'scratch': use name, base, vector_length, scratch_words, slots, latencies$",
    ),
    ("valu = 4", "valu = 0", r"\[\[machines\]\] 1: \[slots\]: valu must be an integer of at least 1"),
    ("valu = 4", "gpu = 4", r"\[\[machines\]\] 1: .*gpu is not to be had"),
    ("slots = { valu = 4 }", "slots = 4", "slots must be a table, not 4"),
    ('"load.load" = 4', '"load.load" = 0', r"\[latencies\]: load.load must be an integer of at least 1"),
    ('"load.load" = 4', "load = 4", "latencies: write 'load' as engine.opcode"),
    ('"load.load" = 4', '"load.move" = 4', r"load.move is not to be had"),
    ('"load.load" = 4', "load = {}", "load must be an integer of at least 1"),
    # studies
    ('problem = "tree_hash"', "", r"\[\[studies\]\] 1: problem is missing"),
    ('problem = "tree_hash"', 'problem = "tree"', r"\[\[studies\]\] 1: problem: unknown problem 'tree'"),
    ('problem = "tree_hash"', 'problem = "nowhere.py:Tree"', "problem: cannot read problem file"),
    ('problem = "tree_hash"', 'problem = ["tree_hash"]', "problem must be a text"),
    ('"batch=64"', '"batch"', r"\[\[studies\]\] 1: shapes: shape 'batch'"),
    ('"batch=64"', '"width=64"', "shapes: problem tree_hash has no shape parameter 'width'"),
    ('"batch=64"', '"batch=0"', "shapes: shape parameter batch must be at least 1"),
    ('"batch=64"', "64", "shapes must be a list of texts"),
    ('["batch=64", "height=4,rounds=3"]', '"batch=64"', "shapes must be a list of texts, not 'batch=64'"),
    ('["batch=64", "height=4,rounds=3"]', "[]", r"shapes must be a list of texts, not \[\]"),
    ('"values", ', '"value", ', "categories: problem tree_hash has no category 'value'"),
    ('["values", "values+indices"]', "[]", "categories must be a list of texts"),
    ('["takehome", "small"]', '["takehome", "tiny"]', "machines: unknown machine 'tiny'"),
    ('["takehome", "small"]', '["tiny.toml"]', r"machines: cannot read machine model tiny\.toml"),
    ('["takehome", "small"]', "[]", "machines must be a list of texts"),
    ('["takehome", "small"]', '["small", "small"]', "batch=64 values on small is there already"),
    ('"batch=64", ', '"batch=64", "height=10,batch=64", ', "batch=64 values on takehome is there already"),
    ("policies = true", "policies = 1", "policies must be true or false, not 1"),
    ("policies = true", 'stages = "moves:40"', "stages must be a list of texts"),
    ("policies = true", 'stages = ["moves"]', r"stages: write 'moves' as stage:amount, as in moves:400"),
    ("policies = true", 'stages = ["list:4"]', r"stages: there is no stage 'list' that goes on from a schedule"),
    ("policies = true", 'stages = ["moves:0"]', "stages: stage moves takes an integer of at least 1, not 0"),
    ("policies = true", 'stages = ["windows:-1"]', "stages: stage windows takes a number above 0, not -1"),
    ("policies = true", "policy = true", r"\[\[studies\]\] 1: unknown key 'policy': use problem, shapes, categories"),
    # knobs
    (
        "encode = 3",
        "encodes = 3",
        r"\[\[studies\]\] 1: fix \(height=10,rounds=16,batch=64 values on takehome\): unknown knob 'encodes'",
    ),
    ("encode = 3", "encode = 99", r"fix \(.*\): knob encode takes 0\.\.\d+, not '99'"),
    ("encode = 3", "encode = 1.0", r"fix \(.*\): knob encode takes an integer or a text, not 1\.0"),
    ("encode = 3", "encode = true", r"fix \(.*\): knob encode takes an integer or a text, not True"),
    ("encode = 3", "encode = [3]", r"fix \(.*\): knob encode takes an integer or a text, not \[3\]"),
    ("encode = 3", "encode.steps = 3", r"fix \(.*\): unknown knob 'encode\.steps'"),
    ("encode = 3", "encode = {}", r"fix \(.*\): knob encode takes an integer or a text, not {}"),
    ("[studies.fix]\nencode = 3", "fix = 3", "fix must be a table, not 3"),
    ("encode = 3", "unroll = 1", r"space \(.*\): knob unroll is fixed already"),
    ("unroll = [1, 2]", "unrolls = [1, 2]", r"space \(.*\): unknown knob 'unrolls'"),
    ("unroll = [1, 2]", "unroll = []", r"space \(.*\): knob unroll must have a list of values, not \[\]"),
    ("unroll = [1, 2]", "unroll = 2", r"space \(.*\): knob unroll must have a list of values, not 2"),
    ("unroll = [1, 2]", "unroll = [1, 200]", r"space \(.*\): knob unroll takes 1\.\.\d+, not '200'"),
    ("unroll = [1, 2]", "unroll = [1, [2]]", r"space \(.*\): knob unroll takes an integer or a text"),
    ("unroll = [1, 2]", "unroll = [1, 2, 1]", r"space \(.*\): knob unroll has a value twice: \[1, 2, 1\]"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_what_is_wrong_is_told_in_one_line_with_file_and_field(load: Load, old: str, new: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        load(changed(old, new))
    assert "sweep.toml: " in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 400


def test_two_machines_of_one_name_are_refused(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaderboards go by the names of machines."""
    monkeypatch.chdir(tmp_path)
    model = TAKEHOME_FILE.read_text(encoding="utf-8").replace('"takehome"', '"small"')
    Path("model.toml").write_text(model, encoding="utf-8")
    with pytest.raises(UserError, match="machines: two differ that are both called 'small'"):
        load(changed('["takehome", "small"]', '["model.toml", "small"]'))


def test_the_same_task_may_be_studied_in_two_ways(load: Load) -> None:
    two = '[[studies]]\nproblem = "fir"\n[[studies]]\nproblem = "fir"\n'
    assert len(load(two + "policies = true").studies) == 2
    with pytest.raises(UserError, match=r"\[\[studies\]\] 2: fir .* on takehome is there already"):
        load(two)


def test_a_name_that_the_file_does_not_give_must_be_one_too(tmp_path: Path) -> None:
    path = tmp_path / "my sweep.toml"
    path.write_text(changed('name = "night"\n', ""), encoding="utf-8")
    with pytest.raises(UserError, match=r"my sweep\.toml: name must be of letters .* not 'my sweep'"):
        load_sweep_file(path)


def test_a_file_that_cannot_be_read_is_a_user_error(tmp_path: Path) -> None:
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path, binary, tmp_path / "missing.toml"):
        with pytest.raises(UserError, match=f"sweep file {path}: ") as caught:
            load_sweep_file(path)
        assert "\n" not in str(caught.value)


def test_a_pipe_is_no_sweep_file_and_a_link_may_be(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(UserError, match=r"sweep file .*pipe\.toml: it is no plain file"):
        load_sweep_file(tmp_path / "pipe.toml")
    (tmp_path / "sweep.toml").write_text('[[studies]]\nproblem = "fir"\n', encoding="utf-8")
    (tmp_path / "link.toml").symlink_to(tmp_path / "sweep.toml")
    assert load_sweep_file(tmp_path / "link.toml").name == "link"


def test_a_sweep_has_no_end_of_studies(tmp_path: Path) -> None:
    shapes = ", ".join(f'"n={number}"' for number in range(4, 1100))
    (tmp_path / "sweep.toml").write_text(f'[[studies]]\nproblem = "saxpy"\nshapes = [{shapes}]\n', encoding="utf-8")
    with pytest.raises(UserError, match="a sweep has at most 1,000 studies"):
        load_sweep_file(tmp_path / "sweep.toml")
