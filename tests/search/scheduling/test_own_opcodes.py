"""Opcodes of a machine's own, through scheduling, the legality checker, graph execution and both simulators."""

from dataclasses import replace
from random import Random

import pytest

from machine.legality import check_decision
from machine.model import Machine
from machine.program import Program
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.bounds.chains_and_work import lower_bound
from search.scheduling.decide import decide
from search.scheduling.incumbent import incumbent_of
from search.scheduling.justification import justify
from search.tasks.candidate import make_candidate
from tests.generators import opcodes_in, with_own_opcodes
from tests.search.cases import TAKEHOME, assert_computes, random_graph, random_policies

OWN = with_own_opcodes(TAKEHOME.variant("own", vector_length=4), 12, seed=3, divides=False)
SEEDS = range(60)


def decided(seed: int, machine: Machine = OWN) -> tuple[PreparedGraph, list[Program]]:
    """A random graph, and programs for it, each checked."""
    random, prepared = Random(seed), prepare(random_graph(seed, machine))
    programs = []
    for policy in random_policies(random, machine, 2):
        listed = decide(prepared, policy)
        decision = (
            justify(prepared, incumbent_of(prepared.flat, listed, policy.engine_order)).decision if seed % 2 else listed
        )
        program = make_candidate(prepared, decision).program
        assert check_decision(prepared.graph, decision, program) == []
        assert_computes(prepared, decision, program, random)
        assert lower_bound(prepared).cycles <= decision.schedule.length
        programs.append(program)
    return prepared, programs


def test_schedules_with_own_opcodes_are_legal_and_compute_what_their_graphs_do() -> None:
    found = opcodes_in([program for seed in SEEDS for program in decided(seed)[1]])
    own = {(engine.name, name) for engine in OWN.engines.values() for name in engine.opcodes if name in OWN.definitions}
    assert len(found & own) > len(own) / 2


@pytest.mark.parametrize("seed", range(10))
def test_the_checker_refuses_another_opcode_and_another_operand(seed: int) -> None:
    prepared, _ = decided(seed)
    decision = decide(prepared, random_policies(Random(seed), OWN, 1)[0])
    program = make_candidate(prepared, decision).program
    for index, bundle in enumerate(program.bundles):
        for engine, slots in bundle.items():
            for position, slot in enumerate(slots):
                if slot[0] in OWN.definitions:
                    for wrong in ((*slot[:-1], slot[-1] + 1), (*slot, 0), ("own", *slot[1:])):
                        changed = {**bundle, engine: [*slots[:position], wrong, *slots[position + 1 :]]}
                        bundles = (*program.bundles[:index], changed, *program.bundles[index + 1 :])
                        assert check_decision(prepared.graph, decision, replace(program, bundles=bundles)) != []
