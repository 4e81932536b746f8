"""A sweep of two small studies, as a file."""

from pathlib import Path

SWEEP = """
seed = 3

[budget]
trials = 6

[sampler]
kind = "random"

[trial]
schedules = 2
inputs = 8

[executor]
kind = "in-process"

[[studies]]
problem = "tree_hash"
shapes = ["height=2,rounds=2,batch=8"]

[[studies]]
problem = "hash_vectors"
shapes = ["vectors=2"]
"""


def write_sweep(path: Path, text: str = SWEEP) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
