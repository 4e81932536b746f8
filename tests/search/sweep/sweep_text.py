"""A sweep file with every field, to be changed and read."""

from collections.abc import Callable
from pathlib import Path

from machine.model import load_machine
from search.sweep.sweep_file import SweepFile

ROOT = Path(__file__).parents[3]
TAKEHOME = load_machine("takehome")
TAKEHOME_FILE = ROOT / "machine" / "models" / "takehome.toml"
GIB = 2**30
SHAPE = "height=10,rounds=16,batch=256"

SWEEP = """
name = "night"
seed = 7

[budget]
hours = 8
trials = 2000

[sampler]
kind = "cma-es"
startup = 20

[trial]
schedules = 16
inputs = 256
seconds = 60
memory_gib = 1.5
cpus = 2

[halving]
factor = 3
first = 9
rungs = [{ moves = 400 }, { moves = 40, cp-sat = 20.0 }]

[executor]
kind = "ray"
workers = 6
address = "auto"

[[machines]]
name = "small"
base = "takehome"
scratch_words = 1024
slots = { valu = 4 }
latencies = { "load.load" = 4 }

[[studies]]
problem = "tree_hash"
shapes = ["batch=64", "height=4,rounds=3"]
categories = ["values", "values+indices"]
machines = ["takehome", "small"]
policies = true

[studies.fix]
encode = 3

[studies.space]
unroll = [1, 2]
"address.steps" = ["paired"]
"""

RUNGS = "rungs = [{ moves = 400 }, { moves = 40, cp-sat = 20.0 }]"

Load = Callable[[str], SweepFile]


def changed(old: str, new: str) -> str:
    """The sweep with a part of it replaced, which is there once."""
    assert SWEEP.count(old) == 1
    return SWEEP.replace(old, new)
