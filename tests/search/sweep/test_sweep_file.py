"""Sweep files: what they mean."""

import json
import shutil
from pathlib import Path

import pytest

from machine.errors import UserError
from problems.knobs import KnobValue
from search.strategy.stage_work import StageWork
from search.sweep.executors.executor import Limits
from search.sweep.sweep_file import (
    ExecutorKind,
    ExecutorSettings,
    HalvingSettings,
    SamplerKind,
    SamplerSettings,
    StudySpec,
    SweepBudget,
    TrialSettings,
)
from search.tasks.task import TaskName
from tests.search.sweep.sweep_text import GIB, ROOT, RUNGS, SHAPE, SWEEP, TAKEHOME, TAKEHOME_FILE, Load, changed


def test_every_field_is_read(load: Load) -> None:
    sweep = load(SWEEP)
    assert (sweep.name, sweep.seed) == ("night", 7)
    assert sweep.budget == SweepBudget(hours=8, trials=2000)
    assert sweep.sampler == SamplerSettings(SamplerKind.CMA_ES, 20)
    assert sweep.trial == TrialSettings(16, 256, Limits(60.0, 3 * GIB // 2, 2))
    rungs = (StageWork("moves", 400.0),), (StageWork("moves", 40.0), StageWork("cp-sat", 20.0))
    assert sweep.halving == HalvingSettings(3, 9, rungs)
    assert sweep.executor == ExecutorSettings(ExecutorKind.RAY, 6, "auto")


def test_a_study_says_what_its_trials_go_through(load: Load) -> None:
    sweep = load(changed("policies = true", 'stages = ["none", "moves:40", "moves:40, windows:0.5"]'))
    moves, windows = StageWork("moves", 40.0), StageWork("windows", 0.5)
    assert all(study.stages == ((), (moves,), (moves, windows)) for study in sweep.studies)


def test_rungs_of_a_former_version_are_still_read(load: Load) -> None:
    halving = load(changed(RUNGS, "rungs = [{ local = 400 }, { cp-sat = 20.0 }]")).halving
    assert halving is not None
    assert halving.rungs == ((StageWork("moves", 400.0),), (StageWork("cp-sat", 20.0),))


def test_a_studies_table_stands_for_each_shape_with_each_category_and_machine_in_order(load: Load) -> None:
    sweep = load(SWEEP)
    small = TAKEHOME.variant("small", scratch_words=1024, slots={"valu": 4}, latencies={("load", "load"): 4})
    fixed: dict[str, KnobValue] = {"encode": 3}
    narrowed: dict[str, tuple[KnobValue, ...]] = {"unroll": (1, 2), "address.steps": ("paired",)}
    assert sweep.studies == tuple(
        StudySpec(TaskName("tree_hash", shape, category, machine), fixed, narrowed, True)
        for shape in ("height=10,rounds=16,batch=64", "height=4,rounds=3,batch=256")
        for category in ("values", "values+indices")
        for machine in (TAKEHOME, small)
    )


VARIED = """
[[machines]]
name = "wider"
base = "takehome"
scratch_words = 2048
vary = ["valu.slots=5:7", "scratch=2048,512", "alu.//=0"]

[[studies]]
problem = "dot_product"
machines = ["wider"]
"""


def test_a_machine_that_varies_stands_for_itself_and_for_each_value(load: Load) -> None:
    machines = [study.task.machine for study in load(VARIED).studies]
    assert [machine.name for machine in machines] == [
        "wider",
        "wider-valu.slots-5",
        "wider-valu.slots-7",
        "wider-scratch-512",
        "wider-alu.x2fx2f-0",
    ]
    assert [machine.engines["valu"].slots for machine in machines] == [6, 5, 7, 6, 6]
    assert [machine.scratch_words for machine in machines] == [2048, 2048, 2048, 512, 2048]
    assert not machines[-1].offers("alu", "//")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"scratch=2048,512"', '"scratsch=512"', "machines[0].vary: machine wider has no feature 'scratsch'"),
        ('"scratch=2048,512"', '"scratch=0"', "scratch_words: must be"),
        ('"scratch=2048,512"', "512", "machines[0].vary[1]: must be a text in quotes, not 512"),
        ('name = "wider"', 'name = "takehome"', "machines[0].name: 'takehome' is taken"),
    ],
)
def test_a_machine_that_cannot_vary_so_is_refused(load: Load, old: str, new: str, said: str) -> None:
    with pytest.raises(UserError) as refused:
        load(VARIED.replace(old, new))
    assert said in str(refused.value)


def test_what_is_left_out_has_defaults(load: Load) -> None:
    sweep = load('[[studies]]\nproblem = "tree_hash"')
    assert (sweep.name, sweep.seed, sweep.budget) == ("sweep", 0, SweepBudget(None, None))
    assert sweep.sampler == SamplerSettings(SamplerKind.TPE, 10)
    assert sweep.trial == TrialSettings(32, 1024, Limits(300.0, 4 * GIB, 1))
    assert sweep.halving is None
    assert sweep.executor == ExecutorSettings(ExecutorKind.PROCESSES, None, None)
    assert sweep.studies == (StudySpec(TaskName("tree_hash", SHAPE, "values", TAKEHOME), {}, {}, False),)


def test_halving_divides_by_four_unless_told_otherwise(load: Load) -> None:
    halving = load(changed("factor = 3\n", "")).halving
    assert halving is not None
    assert halving.factor == 4


def test_names_with_dots_need_no_quotes(load: Load) -> None:
    quoted = load(SWEEP)
    plain = load(SWEEP.replace('"load.load"', "load.load").replace('"address.steps"', "address.steps"))
    assert plain.studies == quoted.studies


def test_a_variant_may_be_of_another_variant(load: Load) -> None:
    second = '[[machines]]\nname = "smaller"\nbase = "small"\nscratch_words = 512\nvector_length = 4\n\n[[studies]]'
    sweep = load(changed("[[studies]]", second).replace('"takehome", "small"', '"smaller"'))
    machine = sweep.studies[0].task.machine
    assert (machine.name, machine.scratch_words, machine.vector_length) == ("smaller", 512, 4)
    assert machine.engines["valu"].slots == 4


def test_problems_and_machines_may_be_files_in_the_current_directory(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    shutil.copy(ROOT / "problems" / "kernels" / "fir.py", folder / "own.py")
    model = TAKEHOME_FILE.read_text(encoding="utf-8").replace('"takehome"', '"mine"')
    (folder / "mine.toml").write_text(model, encoding="utf-8")
    task = load('[[studies]]\nproblem = "own.py:Fir"\nmachines = ["mine.toml"]').studies[0].task
    assert (task.problem, task.machine.name) == ("own.py:Fir", "mine")


def test_the_data_are_those_of_the_file_and_fit_a_journal(load: Load) -> None:
    data = load(SWEEP).data
    assert data["studies"][0]["fix"] == {"encode": 3}
    assert json.loads(json.dumps(data)) == data
