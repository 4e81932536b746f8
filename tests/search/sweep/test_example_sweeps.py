"""The sweeps that come with Slotsmith are sweeps."""

from pathlib import Path
from typing import Any

import pytest

from search.sweep.sampling.samplers import make_sampler
from search.sweep.sampling.space import space_of
from search.sweep.sweep_file import SweepBudget, load_sweep_file
from tests.search.sweep.sweep_text import ROOT

EXAMPLES = sorted((ROOT / "sweeps").glob("*.toml"))


def test_there_are_examples() -> None:
    assert {path.stem for path in EXAMPLES} >= {"overnight", "quick"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_a_sweep(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    sweep = load_sweep_file(path)
    assert sweep.name == path.stem
    assert sweep.budget != SweepBudget()
    for number, study in enumerate(sweep.studies):
        space = space_of(study)
        point: Any = make_sampler(sweep.sampler, space, sweep.seed, number).ask(0)
        assert space.knobs(point).keys() >= study.fixed.keys()
