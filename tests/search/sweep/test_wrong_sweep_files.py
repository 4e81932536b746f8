"""Whatever is wrong with a sweep file is told in a line."""

import os
from pathlib import Path

import pytest

from machine.errors import UserError
from search.sweep.sweep_file import load_sweep_file
from tests.search.sweep.sweep_text import RUNGS, SWEEP, TAKEHOME_FILE, Load, changed

SHAPES = '["batch=64", "height=4,rounds=3"]'
MACHINES = '["takehome", "small"]'
TASK = "height=10,rounds=16,batch=64 values on takehome"

WRONG: dict[str, dict[str, str]] = {
    # the file as a whole
    SWEEP: {
        "": "missing key 'studies'",
        "studies = 3": "studies: must be a list of tables, not 3",
        "studies = []": "studies: must have 1 to 1,000 items, not 0",
        "[studies]": "studies: must be a list of tables, not {}",
        "seed = ": "Invalid value",
        "a = " + "[" * 10_000: "brackets are nested too deeply (at line 1)",
        f"seed = {'9' * 10_000}": "a number has too many digits (at line 1)",
        "# long\n" + "a." * 100_000 + "a = 1": "a key has more than 64 parts (at line 2)",
        "a = 1\n" * (1 << 18): "it has 1,572,864 bytes, more than 1,048,576",
    },
    "seed = 7": {
        "seeds = 7": "seeds: unknown key: did you mean 'seed'?",
        "x = 7": "x: unknown key: use name, seed, budget, sampler, trial, halving, executor, machines, studies",
        "seed = 1.5": "seed: must be a whole number from 0 to 9,007,199,254,740,992, not 1.5",
        "seed = true": "seed: must be a whole number from 0 to 9,007,199,254,740,992, not true",
        "seed = -1": "seed: must be a whole number from 0 to 9,007,199,254,740,992, not -1",
        f"seed = {1 << 60}": "seed: must be a whole number from 0 to 9,007,199,254,740,992, not 1152921504606846976",
    },
    '"night"': {
        '"a/b"': """name: must be of letters and digits, or '-', '_', '.' after the first, not "a/b\"""",
        '".."': "name: must be of letters",
        '""': "name: must have 1 to 200 characters, not 0",
        "3": "name: must be a text in quotes, not 3",
        '"\\u001b[2Jnight"': 'name: must be printable text on one line, not "\\u001b[2Jnight"',
        f'"{"n" * 2000}"': "name: must have 1 to 200 characters, not 2,000",
    },
    # budget
    "[budget]\nhours = 8\ntrials = 2000": {"budget = 8": "budget: must be a table, not 8"},
    "hours = 8": {
        "hours = 0": "budget.hours: must be a number above 0 and at most 1e+09, not 0",
        "hours = inf": "budget.hours: must be a number above 0",
        "hours = nan": "budget.hours: must be a number above 0",
        'hours = "8"': "budget.hours: must be a number above 0",
        "hours = 1979-05-27": "budget.hours: must be a number above 0",
        "minutes = 8": "budget.minutes: unknown key: use hours, trials",
    },
    "trials = 2000": {
        "trials = 0": "budget.trials: must be a whole number from 1 to 100,000,000, not 0",
        "trials = 1_000_000_000": "budget.trials: must be a whole number from 1 to 100,000,000, not 1000000000",
    },
    # sampler
    '"cma-es"': {
        '"cmaes"': 'sampler.kind: must be one of random, grid, tpe, cma-es, not "cmaes"',
        "[]": "sampler.kind: must be one of random, grid, tpe, cma-es, not []",
    },
    "startup = 20": {
        "startup = 0": "sampler.startup: must be a whole number from 1 to 100,000,000, not 0",
        "startup = 1_000_000_000": "sampler.startup: must be a whole number from 1 to 100,000,000",
        "population = 20": "sampler.population: unknown key: use kind, startup",
    },
    # trial
    "schedules = 16": {
        "schedules = 0": "trial.schedules: must be a whole number from 1 to 10,000,000, not 0",
        "schedules = 100_000_000": "trial.schedules: must be a whole number from 1 to 10,000,000, not 100000000",
    },
    "inputs = 256": {
        "inputs = -1": "trial.inputs: must be a whole number from 1 to 1,048,576, not -1",
        "inputs = 1_000_000_000": "trial.inputs: must be a whole number from 1 to 1,048,576",
        f"inputs = {10**30}": "trial.inputs: must be a whole number from 1 to 1,048,576",
    },
    "seconds = 60": {"seconds = 0.0": "trial.seconds: must be a number above 0"},
    "memory_gib = 1.5": {
        "memory_gib = -1": "trial.memory_gib: must be a number above 0",
        f"memory_gib = {10**400}": "trial.memory_gib: must be a number above 0",
    },
    "cpus = 2": {
        "cpus = 0.5": "trial.cpus: must be a whole number from 1 to 4,096, not 0.5",
        "cpus = 100_000": "trial.cpus: must be a whole number from 1 to 4,096, not 100000",
        "threads = 2": "trial.threads: unknown key: use schedules, inputs, seconds, memory_gib, cpus",
    },
    # halving
    "factor = 3": {"factor = 1": "halving.factor: must be a whole number from 2 to 100,000,000, not 1"},
    "first = 9": {
        "": "halving: missing key 'first'",
        "first = 0": "halving.first: must be a whole number from 1 to 100,000,000, not 0",
        "first = 1_000_000_000": "halving.first: must be a whole number from 1 to 100,000,000",
    },
    RUNGS: {
        "": "halving: missing key 'rungs'",
        "rungs = []": "halving.rungs: must have 1 to 100 items, not 0",
        "rungs = [400]": "halving.rungs[0]: must be a table, not 400",
    },
    "{ moves = 400 }": {
        "{}": "halving.rungs[0]: name at least one stage",
        "{ moves = 0.5 }": "halving.rungs[0].moves: stage moves takes an integer of at least 1, not 0.5",
    },
    "cp-sat = 20.0": {
        "cp-sat = 0": "halving.rungs[1].cp-sat: must be a number above 0",
        "z3 = 20.0": "halving.rungs[1].z3: there is no stage 'z3' that goes on from a schedule: use justification, ",
        "random = 20": "halving.rungs[1].random: there is no stage 'random' that goes on from a schedule",
    },
    # executor
    '"ray"': {
        '"slurm"': 'executor.kind: must be one of in-process, processes, ray, not "slurm"',
        '"processes"': "executor.address: is for kind = 'ray', not 'processes'",
    },
    "workers = 6": {
        "workers = 0": "executor.workers: must be a whole number from 1 to 4,096, not 0",
        "workers = 100_000": "executor.workers: must be a whole number from 1 to 4,096, not 100000",
        "worker = 6": "executor.worker: unknown key: did you mean 'workers'?",
    },
    'address = "auto"': {"address = 6379": "executor.address: must be a text in quotes, not 6379"},
    # machines
    'name = "small"': {
        "": "machines[0]: missing key 'name'",
        'name = "takehome"': "machines[0].name: 'takehome' is taken",
        'name = "small.toml"': "machines[0].name: 'small.toml' is that of a file",
        'name = "a b"': "machines[0].name: must be of letters",
    },
    'base = "takehome"': {
        "": "machines[0]: missing key 'base'",
        'base = "takeaway"': "machines[0].base: unknown machine 'takeaway'",
        'base = "small"': "machines[0].base: unknown machine 'small'",
    },
    "[[studies]]": {
        '[[machines]]\nname = "small"\nbase = "takehome"\n[[studies]]': "machines[1].name: 'small' is taken",
    },
    "scratch_words = 1024": {
        "scratch_words = 0": "machines[0].scratch_words: must be a whole number from 1 to 131,072, not 0",
        "vector_length = 0": "machines[0].vector_length: must be a whole number from 1 to 1,024, not 0",
        "scratch = 1024": "machines[0].scratch: unknown key: did you mean 'scratch_words'?",
        'vary = ["scratch=1", "scratch=1"]': 'machines[0].vary[1]: "scratch=1" is listed twice',
    },
    "slots = { valu = 4 }": {"slots = 4": "machines[0].slots: must be a table, not 4"},
    "valu = 4": {
        "valu = 0": "machines[0].slots.valu: must be a whole number from 1 to 1,024, not 0",
        "gpu = 4": "machines[0].slots.gpu: unknown key: use alu, valu, load, store, flow, debug",
    },
    '"load.load" = 4': {
        '"load.load" = 0': 'machines[0].latencies."load.load": must be a whole number from 1 to 256, not 0',
        '"load.move" = 4': 'machines[0].latencies."load.move": machine takehome has no such opcode',
        "load = 4": "machines[0].latencies.load: write 'load' as engine.opcode",
        "load = {}": "machines[0].latencies.load: write 'load' as engine.opcode",
    },
    # studies
    'problem = "tree_hash"': {
        "": "studies[0]: missing key 'problem'",
        'problem = "tree"': "studies[0].problem: unknown problem 'tree'",
        'problem = "nowhere.py:Tree"': "studies[0].problem: cannot read problem file nowhere.py",
        'problem = ["tree_hash"]': 'studies[0].problem: must be a text in quotes, not ["tree_hash"]',
    },
    SHAPES: {
        '"batch=64"': 'studies[0].shapes: must be a list, not "batch=64"',
        "[]": "studies[0].shapes: must have 1 to 1,000 items, not 0",
        "[64]": "studies[0].shapes[0]: must be a text in quotes, not 64",
        '["batch"]': "studies[0].shapes[0]: shape 'batch': write it as height=10",
        '["batch=64", "width=64"]': "studies[0].shapes[1]: problem tree_hash has no shape parameter 'width'",
        '["batch=0"]': "studies[0].shapes[0]: shape parameter batch must be at least 1",
        '["batch=64", "height=10,batch=64"]': f"studies[0]: tree_hash {TASK} is there already",
    },
    '["values", "values+indices"]': {
        "[]": "studies[0].categories: must have 1 to 1,000 items, not 0",
        '["values", "indices"]': "studies[0].categories[1]: problem tree_hash has no category 'indices'",
    },
    MACHINES: {
        "[]": "studies[0].machines: must have 1 to 1,000 items, not 0",
        '["takehome", "tiny"]': "studies[0].machines[1]: unknown machine 'tiny'",
        '["tiny.toml"]': "studies[0].machines[0]: cannot read machine model tiny.toml",
        '["small", "small"]': 'studies[0].machines[1]: "small" is listed twice',
        f'["{"m" * 2000}"]': "studies[0].machines[0]: must have 1 to 1,000 characters, not 2,000",
    },
    "policies = true": {
        "policies = 1": "studies[0].policies: must be true or false, not 1",
        "policy = true": "studies[0].policy: unknown key: did you mean 'policies'?",
        'stages = "moves:40"': 'studies[0].stages: must be a list, not "moves:40"',
        'stages = ["moves"]': "studies[0].stages[0]: write 'moves' as stage:amount, as in moves:400",
        'stages = ["list:4"]': "studies[0].stages[0]: there is no stage 'list' that goes on from a schedule",
        'stages = ["moves:0"]': "studies[0].stages[0]: stage moves takes an integer of at least 1, not 0",
        'stages = ["windows:-1"]': "studies[0].stages[0]: stage windows takes a number above 0, not -1",
    },
    # knobs
    "[studies.fix]\nencode = 3": {"fix = 3": "studies[0].fix: must be a table, not 3"},
    "encode = 3": {
        "encodes = 3": f"studies[0].fix.encodes: for {TASK}: unknown knob 'encodes'",
        "encode = 99": f"studies[0].fix.encode: for {TASK}: knob encode takes 0..",
        "encode = 1.0": f"studies[0].fix.encode: for {TASK}: must be a whole number or a text, not 1.0",
        "encode = true": f"studies[0].fix.encode: for {TASK}: must be a whole number or a text, not true",
        "encode = [3]": f"studies[0].fix.encode: for {TASK}: must be a whole number or a text, not [3]",
        "encode = {}": f"studies[0].fix.encode: for {TASK}: must be a whole number or a text, not {{}}",
        "encode.steps = 3": f"""studies[0].fix."encode.steps": for {TASK}: unknown knob 'encode.steps'""",
        "encode" + 20 * (63 * ".a" + " = { a") + " = 3" + 20 * "}": "studies[0].fix: is nested too deeply",
        "unroll = 1": f"studies[0].space.unroll: for {TASK}: it is fixed already",
    },
    "unroll = [1, 2]": {
        "unrolls = [1, 2]": f"studies[0].space.unrolls: for {TASK}: unknown knob 'unrolls'",
        "unroll = []": f"studies[0].space.unroll: for {TASK}: must be a list of values, not []",
        "unroll = 2": f"studies[0].space.unroll: for {TASK}: must be a list of values, not 2",
        "unroll = [1, 200]": f"studies[0].space.unroll: for {TASK}: knob unroll takes 1..",
        "unroll = [1, [2]]": f"studies[0].space.unroll: for {TASK}: must be a whole number or a text, not [2]",
        "unroll = [1, 2, 1]": f"studies[0].space.unroll: for {TASK}: a value is listed twice: [1, 2, 1]",
    },
}
"""By what is replaced in the sweep, and by what: what is said of it, at least its beginning."""


@pytest.mark.parametrize(
    ("old", "new", "message"), [(old, new, told) for old, mistakes in WRONG.items() for new, told in mistakes.items()]
)
def test_what_is_wrong_is_told_in_one_line_with_file_and_key(load: Load, old: str, new: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        load(changed(old, new))
    file, _, told = str(caught.value).partition("sweep.toml: ")
    assert file.removeprefix("cannot read ").startswith("sweep file ")
    assert told.startswith(message)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 400


def test_two_machines_of_one_name_are_refused(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaderboards go by the names of machines."""
    monkeypatch.chdir(tmp_path)
    model = TAKEHOME_FILE.read_text(encoding="utf-8").replace('"takehome"', '"small"')
    Path("model.toml").write_text(model, encoding="utf-8")
    with pytest.raises(UserError, match=r"studies\[0\]\.machines: two differ that are both called 'small'"):
        load(changed('["takehome", "small"]', '["model.toml", "small"]'))


def test_the_same_task_may_be_studied_in_two_ways(load: Load) -> None:
    two = '[[studies]]\nproblem = "fir"\n[[studies]]\nproblem = "fir"\n'
    assert len(load(two + "policies = true").studies) == 2
    with pytest.raises(UserError, match=r"studies\[1\]: fir .* on takehome is there already"):
        load(two)


def test_a_name_that_the_file_does_not_give_must_be_one_too(tmp_path: Path) -> None:
    path = tmp_path / "my sweep.toml"
    path.write_text(changed('name = "night"\n', ""), encoding="utf-8")
    with pytest.raises(UserError, match=r'my sweep\.toml: name: must be of letters .* not "my sweep"'):
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
    shapes = ", ".join(f'"n={number}"' for number in range(4, 600))
    studies = f'[[studies]]\nproblem = "saxpy"\nmachines = ["takehome", "pocket"]\nshapes = [{shapes}]\n'
    (tmp_path / "sweep.toml").write_text(studies, encoding="utf-8")
    with pytest.raises(UserError, match="a sweep has at most 1,000 studies"):
        load_sweep_file(tmp_path / "sweep.toml")
