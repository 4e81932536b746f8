"""Programs go from one variant of a machine to another where they are legal there, and only there."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from machine.architecture import Machine
from machine.features import parse_variation
from machine.graph.decision import Decision
from problems.knobs import default_settings
from search.explore.carrying import can_all, carried, shared
from search.explore.variant import Program, Variant, VariantEnd, VariantResult
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy
from search.tasks.building import build_prepared
from search.tasks.rewriting_knob import OFF, REWRITE
from search.tasks.task import Task, TaskName, resolve_task
from tests.search.cases import TAKEHOME
from tests.search.problems import candidate_of


def varied(text: str) -> Machine:
    variation = parse_variation(text, TAKEHOME)
    return variation.feature.changed(TAKEHOME, variation.values[0])


@cache
def program_on(machine: Machine) -> tuple[Task, Program]:
    """The default list schedule of a small kernel."""
    task, candidate = candidate_of(TaskName("dot_product", "n=64", "all", machine))
    knobs = {knob.name: knob.default for knob in task.problem.knobs(task.shape, task.category, machine)}
    return task, Program(knobs, candidate.decision)


def on(machine: Machine) -> Task:
    task, _ = program_on(TAKEHOME)
    return Task(task.problem, task.shape, task.category, machine)


@pytest.mark.parametrize("change", ["load.slots=3", "scratch=4000", "flow.slots=2"])
def test_a_program_is_one_for_a_machine_that_has_more(change: str) -> None:
    _, program = program_on(TAKEHOME)
    found = carried(on(varied(change)), program)
    assert found is not None
    assert found.cycles == program.cycles
    assert found.bound.cycles <= found.cycles


@pytest.mark.parametrize("change", ["load.slots=1", "load.latency=9", "lanes=4", "scratch=8", "alu.slots=0"])
def test_a_program_is_none_for_a_machine_that_cannot_run_it(change: str) -> None:
    _, program = program_on(TAKEHOME)
    assert carried(on(varied(change)), program) is None


def test_a_program_whose_knobs_say_that_nothing_is_rewritten_is_one_for_its_own_machine() -> None:
    task, program = program_on(TAKEHOME)
    found = carried(task, replace(program, knobs={**program.knobs, REWRITE: OFF}))
    assert found is not None
    assert found.cycles == program.cycles


def test_a_program_of_a_rewritten_graph_is_one_for_a_machine_that_has_more() -> None:
    task, _ = resolve_task("tree_hash_plain", "height=1,rounds=2,batch=8", None, TAKEHOME)
    knobs = default_settings(task.problem.knobs(task.shape, task.category, TAKEHOME)) | {REWRITE: "depth"}
    prepared = build_prepared(task, knobs)
    assert prepared.recipe is not None
    program = Program(knobs, decide(prepared, default_policy(TAKEHOME)), prepared.recipe)
    found = carried(replace(task, machine=varied("alu.slots=14")), program)
    assert found is not None
    assert found.cycles == program.cycles
    assert found.prepared.flat.operations == prepared.flat.operations


def test_addresses_are_found_anew_where_there_are_fewer_words() -> None:
    _, program = program_on(TAKEHOME)
    decision = program.decision
    moved = np.where(decision.addresses >= 0, decision.addresses + 1000, decision.addresses)
    far = Program(program.knobs, Decision(decision.schedule, moved))
    found = carried(on(varied("scratch=1000")), far)
    assert found is not None
    assert found.cycles == program.cycles
    assert max(found.incumbent.decision.addresses) < 1000


@pytest.mark.parametrize(
    ("more", "less", "whether"),
    [
        ("load.slots=3", "load.slots=2", True),
        ("load.slots=2", "load.slots=3", False),
        ("load.latency=1", "load.latency=2", True),
        ("load.latency=2", "load.latency=1", False),
        ("lanes=16", "lanes=8", False),
        ("alu.multiply_add=1", "load.slots=2", True),
        ("load.slots=2", "alu.multiply_add=1", False),
        ("flow.slots=0", "load.slots=2", False),
    ],
)
def test_a_machine_can_do_what_another_can_where_it_has_no_less_of_anything(
    more: str, less: str, whether: bool
) -> None:
    assert can_all(varied(more), varied(less)) == whether


def test_a_longer_result_of_a_better_machine_gives_way_to_the_program_of_the_lesser() -> None:
    (task, short), longer = program_on(TAKEHOME), program_on(varied("load.slots=1"))[1]
    assert longer.cycles > short.cycles
    changes = ("load.slots=3", "lanes=4")
    variants = [Variant(parse_variation(text, TAKEHOME).feature, 0, varied(text)) for text in changes]
    results = [VariantResult(VariantEnd.FOUND, longer), VariantResult(VariantEnd.NO_ROOM)]
    results.append(VariantResult(VariantEnd.FOUND, short))
    found = shared(task, [*variants, Variant(None, 0, TAKEHOME)], results, 8)
    assert [result.cycles for result in found] == [short.cycles, None, short.cycles]
    assert found[1].end is VariantEnd.NO_ROOM
