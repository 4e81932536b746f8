"""The interpreter and the batch simulator agree on generated programs, errors included."""

from collections import Counter

import pytest

from machine.batch import simulate
from machine.execution import Execution, FaultKind
from machine.interpreter import _Core, interpret
from machine.opcodes import OPCODES
from tests.generators import CYCLE_LIMIT, Case, machines, opcodes_in, random_case

PROGRAMS, CHUNKS = 10_000, 8


def what_counts(execution: Execution) -> object:
    return execution.fault or execution


def interpreted(case: Case) -> list[Execution]:
    return [interpret(case.program, row.tolist(), case.machine, CYCLE_LIMIT) for row in case.memories]


def assert_agreement(case: Case, expected: list[Execution]) -> None:
    found = simulate(case.program, case.memories, case.machine, CYCLE_LIMIT)
    assert [what_counts(found[i]) for i in range(len(expected))] == [what_counts(one) for one in expected], (
        f"machine {case.machine.name}, program {case.program.dumps()}"
    )


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_simulators_agree(chunk: int) -> None:
    cases = [random_case(seed) for seed in range(chunk * PROGRAMS // CHUNKS, (chunk + 1) * PROGRAMS // CHUNKS)]
    outcomes: Counter[FaultKind | None] = Counter()
    parted = 0
    fault_free = []
    for case in cases:
        expected = interpreted(case)
        assert_agreement(case, expected)
        outcomes.update(one.fault.kind if one.fault else None for one in expected)
        parted += len({(one.cycles, one.fault) for one in expected}) > 1
        if all(one.fault is None for one in expected):
            fault_free.append(case)
    assert set(outcomes) == {None, *FaultKind}
    assert min(outcomes.values()) >= 20
    assert outcomes[None] > len(cases)  # of three inputs a program
    assert parted > len(cases) / 20
    found = opcodes_in([case.program for case in fault_free])
    assert found >= set(OPCODES)
    own = {
        (e.name, name)
        for m in machines()
        for e in m.engines.values()
        for name, op in e.opcodes.items()
        if op.definition
    }
    assert len(own & found) > 0.75 * len(own)  # the others divide by 0 nearly always
    assert {case.machine.name for case in fault_free} == {machine.name for machine in machines()}


def test_the_generated_programs_tell_a_first_write_that_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    def land_backwards(self: _Core, cycle: int) -> None:
        for space, first, words in reversed(self.in_flight.pop(cycle, [])):
            space[first : first + len(words)] = words

    cases = [random_case(seed) for seed in range(300)]
    right = [[what_counts(one) for one in interpreted(case)] for case in cases]
    monkeypatch.setattr(_Core, "_land", land_backwards)
    wrong = [[what_counts(one) for one in interpreted(case)] for case in cases]
    different = {case.machine.max_latency for case, a, b in zip(cases, right, wrong, strict=True) if a != b}
    assert different >= {1, 4, 5}


@pytest.mark.parametrize("limit", [1, 2, 3, 39])
def test_the_simulators_agree_on_every_cycle_limit(limit: int) -> None:
    for case in map(random_case, range(80)):
        found = simulate(case.program, case.memories, case.machine, limit)
        for number, row in enumerate(case.memories):
            expected = interpret(case.program, row.tolist(), case.machine, limit)
            assert what_counts(found[number]) == what_counts(expected)
