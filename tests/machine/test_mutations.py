"""Of real schedules that were spoiled, whatever the legality checker accepts computes the right outputs."""

import contextlib
from collections import Counter
from functools import cache
from random import Random

import numpy as np
import pytest

from machine.graph.decision import OMITTED, Decision, schedule_of
from machine.graph.execute import execute
from machine.interpreter import interpret
from machine.legality import check_decision
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.errors import TrialError
from search.scheduling.decide import decide
from tests.machine.graph.graphs import random_choice, random_memory, random_schedule
from tests.machine.mutator import KINDS, Mutator
from tests.search.cases import machines, needed_words, random_graph, random_policies, random_prepared, with_scratch

NEVER_RIGHT = {"drop_slot", "repeat_slot", "overfill", "change_operand", "change_opcode", "drop_bundle"}
RARELY_WRONG = {"reorder_engines"}  # list schedules never let two engines write one word in one bundle


@cache
def real_decisions() -> tuple[tuple[PreparedGraph, Decision], ...]:
    """List schedules, half of them in little scratch."""
    found = []
    for seed in range(28):
        machine = machines()[seed % len(machines())]
        prepared = random_prepared(seed, machine)
        if seed % 2:
            prepared = with_scratch(prepared, needed_words(prepared) + 24)
        for policy in random_policies(Random(seed), machine, 2):
            with contextlib.suppress(TrialError):
                found.append((prepared, decide(prepared, policy)))
    return tuple(found)


@cache
def dense_decisions() -> tuple[tuple[PreparedGraph, Decision], ...]:
    """Schedules as short as dependences allow, in which many writes of the same words share bundles."""
    found = []
    for seed in range(28):
        random, machine = Random(seed), machines()[seed % len(machines())]
        wide = {engine.name: 1000 for engine in machine.scored_engines}
        graph = random_graph(seed, machine.variant("wide", slots=wide, scratch_words=100_000))
        prepared = prepare(graph)
        loose = random_schedule(random, prepared.flat, random_choice(random, graph), 1)
        cycles = [loose.get(slot, OMITTED) for slot in range(len(prepared.flat.slot_implementations))]
        addresses = np.array(graph.first_words[:-1], dtype=np.int64)
        found.append((prepared, Decision(schedule_of(prepared.flat, np.array(cycles)), addresses)))
    return tuple(found)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_the_checker_accepts_computes_the_right_outputs(kind: str) -> None:
    """Hundreds of mutations of each kind: what is accepted is run, what must be wrong is refused."""
    outcomes: Counter[bool] = Counter()
    for seed, (prepared, decision) in enumerate((*real_decisions(), *dense_decisions())):
        random = Random(seed)
        mutator = Mutator(random, prepared, decision)
        graph, machine = prepared.graph, prepared.machine
        memories = [random_memory(random) for _ in range(2)]
        wanted = [execute(graph, memory, decision.schedule.implementations.tolist()) for memory in memories]
        for _ in range(4):
            mutated = getattr(mutator, kind)()
            if mutated is None:
                continue
            accepted = check_decision(graph, *mutated) == []
            outcomes[accepted] += 1
            for memory, final in zip(memories, wanted, strict=True) if accepted else ():
                run = interpret(mutated[1], memory, machine)
                assert (run.fault, run.memory) == (None, final)
    assert outcomes[True] == 0 or kind not in NEVER_RIGHT
    assert outcomes[False] >= 20 or kind in RARELY_WRONG
