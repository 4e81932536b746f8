"""The digest of a sweep changes with what decides its results, and with nothing else."""

import pytest

from tests.search.sweep.sweep_text import SWEEP, Load, changed

SAME = [
    ("hours = 8\n", ""),
    ("trials = 2000", "trials = 5"),
    ('name = "night"', 'name = "day"'),
    ("workers = 6", "workers = 1"),
    ('"ray"\nworkers = 6\naddress = "auto"', '"in-process"'),
    ("seconds = 60", "seconds = 60.0"),
    ('"batch=64"', '"height=10,batch=64"'),
    ("encode = 3", 'encode = "3"'),
    ("20.0 }", "20 }"),
    ("policies = true", 'policies = true\nstages = ["none"]'),
]
OTHER = [
    ("seed = 7", "seed = 8"),
    ('"cma-es"', '"tpe"'),
    ("startup = 20", "startup = 21"),
    ("schedules = 16", "schedules = 17"),
    ("inputs = 256", "inputs = 257"),
    ("seconds = 60", "seconds = 61"),
    ("memory_gib = 1.5", "memory_gib = 2"),
    ("cpus = 2", "cpus = 1"),
    ("factor = 3", "factor = 2"),
    ("first = 9", "first = 10"),
    ("moves = 400", "moves = 401"),
    ("moves = 40, cp-sat = 20.0", "cp-sat = 20.0, moves = 40"),
    ("moves = 40, cp-sat = 20.0", "cp-sat = 20.0"),
    ("{ moves = 400 }", "{ cp-sat = 400 }"),
    ("scratch_words = 1024", "scratch_words = 1025"),
    ('"load.load" = 4', '"load.load" = 5'),
    ('problem = "tree_hash"\nshapes = ["batch=64", "height=4,rounds=3"]', 'problem = "tree_hash"'),
    ('["values", "values+indices"]', '["values"]'),
    ('["takehome", "small"]', '["small", "takehome"]'),
    ("policies = true", "policies = false"),
    ("policies = true", 'policies = true\nstages = ["moves:40"]'),
    ("policies = true", 'policies = true\nstages = ["none", "moves:40"]'),
    ("encode = 3", "encode = 2"),
    ("unroll = [1, 2]", "unroll = [2, 1]"),
    ('"address.steps" = ["paired"]', ""),
]


@pytest.mark.parametrize(("old", "new"), SAME)
def test_what_does_not_decide_results_leaves_the_digest(load: Load, old: str, new: str) -> None:
    assert load(changed(old, new)).digest == load(SWEEP).digest


@pytest.mark.parametrize(("old", "new"), OTHER)
def test_what_decides_results_changes_the_digest(load: Load, old: str, new: str) -> None:
    assert load(changed(old, new)).digest != load(SWEEP).digest


def test_halving_changes_the_digest(load: Load) -> None:
    halving = SWEEP[SWEEP.index("[halving]") : SWEEP.index("[executor]")]
    assert load(changed(halving, "")).digest != load(SWEEP).digest


def test_the_digest_is_that_of_the_problems_sources(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep, again = load(SWEEP), load(SWEEP)
    assert len(sweep.digest) == 64
    monkeypatch.setattr("problems.tree_hash.TreeHash.digest", lambda _: "other sources")
    assert again.digest != sweep.digest
