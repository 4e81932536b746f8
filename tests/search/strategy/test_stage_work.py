"""Refinements: never longer, legal, and the same whenever they are run."""

from functools import cache

import pytest

from machine.graph.decision import Decision, decision_to_json
from machine.legality import check_decision
from search.analysis.prepared_graph import PreparedGraph
from search.scheduling.decide import decide
from search.scheduling.incumbent import Keyed, keyed_as_is
from search.scheduling.policy import default_policy
from search.sweep.refinement import Method, Refinement, refine
from search.tasks.building import build_prepared
from search.tasks.candidate import make_candidate
from tests.search.cases import TAKEHOME
from tests.search.problems import SMALL_TREE

METHODS = [Refinement(Method.LOCAL, 80), Refinement(Method.CP_SAT, 0.2)]
NAMES = [refinement.method.value for refinement in METHODS]


@cache
def start() -> tuple[PreparedGraph, Keyed]:
    """A list schedule as it is, not justified, so that there is something to do."""
    task = SMALL_TREE.load()
    knobs = {knob.name: knob.default for knob in task.problem.knobs(task.shape, task.category, task.machine)}
    prepared = build_prepared(task, knobs)
    return prepared, keyed_as_is(prepared.flat, decide(prepared, default_policy(TAKEHOME)))


def refined(refinement: Refinement, seed: str = "0:1") -> Decision:
    return refine(*start(), default_policy(TAKEHOME), refinement, seed)


@pytest.mark.parametrize("refinement", METHODS, ids=NAMES)
def test_the_result_is_legal_and_no_longer(refinement: Refinement) -> None:
    prepared, before = start()
    after = refined(refinement)
    assert after.schedule.length <= before.cycles
    assert check_decision(prepared.graph, after, make_candidate(prepared, after).program) == []


@pytest.mark.parametrize("refinement", METHODS, ids=NAMES)
def test_the_same_seed_leads_to_the_same_decision(refinement: Refinement) -> None:
    assert decision_to_json(refined(refinement)) == decision_to_json(refined(refinement))


def test_another_seed_makes_other_moves() -> None:
    found = {str(decision_to_json(refined(METHODS[0], seed))) for seed in ("0:1", "0:2", "0:3")}
    assert len(found) > 1


def test_more_moves_go_on_from_fewer() -> None:
    lengths = [refined(Refinement(Method.LOCAL, moves)).schedule.length for moves in (0, 20, 200)]
    assert lengths[0] == start()[1].cycles
    assert lengths == sorted(lengths, reverse=True)
