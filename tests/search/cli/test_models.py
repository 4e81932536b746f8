"""The machines that come with Slotsmith run the kernels that do."""

from pathlib import Path

import pytest

from machine.model import load_machine, model_names
from problems.kernels import KERNELS
from problems.knobs import default_settings
from problems.problem import Problem, parse_shape
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy
from search.tasks.building import build_prepared
from search.tasks.candidate import make_candidate
from search.tasks.task import Task
from search.tasks.validation import validate_candidate
from tests.search.cli.conftest import Command

SMALL = {
    "dot_product": "n=20",
    "fir": "taps=2,n=8",
    "convolution_3x3": "rows=1,columns=4",
    "matrix_product": "n=2",
    "prefix_sum": "n=12",
    "bitonic_sort": "n=8",
    "polynomial": "degree=2,n=8",
    "table_lookup": "table=4,n=8",
    "hash_vectors": "vectors=1",
}


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
@pytest.mark.parametrize("name", model_names())
def test_every_machine_runs_every_kernel(name: str, kernel: type[Problem]) -> None:
    problem, machine = kernel(), load_machine(name)
    task = Task(problem, parse_shape(problem, SMALL[problem.name]), problem.categories[0], machine)
    prepared = build_prepared(task, default_settings(problem.knobs(task.shape, task.category, machine)))
    candidate = make_candidate(prepared, decide(prepared, default_policy(machine)))
    assert validate_candidate(task, candidate, inputs=32).cycles == candidate.cycles


@pytest.mark.parametrize("name", model_names())
def test_kernels_are_searched_on_every_machine(name: str, command: Command, tmp_path: Path) -> None:
    few = ("--schedules", 2, "--workers", 0, "--inputs", 16, "--results", tmp_path)
    assert "new best" in command("search", "table_lookup", "--shape", "n=8", "--machine", name, *few).out
