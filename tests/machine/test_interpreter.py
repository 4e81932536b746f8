"""What the specification says of single steps and of latencies; both simulators are held to it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from machine.batch import simulate
from machine.execution import Execution, Fault, FaultKind
from machine.interpreter import interpret
from machine.model import Machine, load_machine
from machine.program import Program

TAKEHOME = load_machine("takehome")
Run = Callable[..., Execution]


def _interpret(
    bundles: Sequence[Any], machine: Machine = TAKEHOME, memory: Sequence[int] = (), limit: int = 100
) -> Execution:
    return interpret(Program(tuple(bundles)), memory, machine, limit)


def _simulate(
    bundles: Sequence[Any], machine: Machine = TAKEHOME, memory: Sequence[int] = (), limit: int = 100
) -> Execution:
    return simulate(Program(tuple(bundles)), np.array([memory], dtype=np.uint32), machine, limit)[0]


@pytest.fixture(params=[_interpret, _simulate], ids=["interpreter", "batch"])
def run(request: pytest.FixtureRequest) -> Run:
    chosen: Run = request.param
    return chosen


def const(d: int, n: int) -> dict[str, list[Any]]:
    return {"load": [("const", d, n)]}


# One step


def test_an_empty_program_costs_nothing(run: Run) -> None:
    assert run([]) == Execution(0, [], [0] * 1536, [])


def test_a_bundle_may_swap_two_words(run: Run) -> None:
    swap = {"alu": [("|", 0, 1, 1), ("|", 1, 0, 0)]}
    assert run([const(0, 5), const(1, 7), swap]).scratch[:2] == [7, 5]


def test_of_two_writes_in_a_bundle_the_later_slot_wins(run: Run) -> None:
    assert run([{"load": [("const", 0, 1), ("const", 0, 2)]}]).scratch[0] == 2


@pytest.mark.parametrize(("engines", "winner"), [(("load", "flow"), 3), (("flow", "load"), 4)])
def test_of_two_writes_in_a_bundle_the_engine_listed_later_wins(run: Run, engines: Sequence[str], winner: int) -> None:
    slots = {"load": [("const", 0, 4)], "flow": [("add_imm", 0, 1, 3)]}
    assert run([{engine: slots[engine] for engine in engines}]).scratch[0] == winner


def test_overlapping_vectors_read_before_they_write(run: Run) -> None:
    first = [{"load": [("const", lane, lane)]} for lane in range(9)]
    shift = {"valu": [("|", 1, 0, 0)]}
    assert run([*first, shift]).scratch[:9] == [0, 0, 1, 2, 3, 4, 5, 6, 7]


def test_a_load_beside_a_store_to_its_address_reads_the_old_word(run: Run) -> None:
    found = run([const(0, 1), {"store": [("store", 0, 0)], "load": [("load", 5, 0)]}], memory=[8, 9])
    assert (found.memory, found.scratch[5]) == ([8, 1], 9)


@pytest.mark.parametrize(
    ("bundle", "cycles"),
    [({}, 0), ({"debug": [("comment", "x")]}, 0), ({"alu": []}, 1), ({"debug": [], "flow": [("pause",)]}, 1)],
)
def test_a_bundle_costs_a_cycle_if_it_names_an_engine_besides_debug(run: Run, bundle: Any, cycles: int) -> None:
    assert run([bundle]).cycles == cycles


def test_debug_slots_are_ignored_and_never_counted(run: Run) -> None:
    found = run([{"debug": [("compare", -5, "key"), ("vcompare", None, [1])] * 100}])
    assert (found.cycles, found.fault) == (0, None)


def test_immediates_wrap(run: Run) -> None:
    found = run([const(0, -1), const(1, 2**32 + 3), {"flow": [("add_imm", 2, 0, -(2**40) - 1)]}])
    assert found.scratch[:3] == [2**32 - 1, 3, 2**32 - 2]


def test_multiply_add_wraps(run: Run) -> None:
    words = [const(0, -1), const(1, -1), const(2, -1)]
    assert run([*words, {"valu": [("multiply_add", 20, 0, 1, 2)]}]).scratch[20] == 0


def test_load_offset_adds_the_lane_to_both_operands(run: Run) -> None:
    found = run([const(3, 1), {"load": [("load_offset", 10, 1, 2)]}], memory=[8, 9])
    assert found.scratch[12] == 9


def test_halt_finishes_its_step(run: Run) -> None:
    found = run([{"flow": [("halt",)], "load": [("const", 0, 1)]}, const(1, 1)])
    assert (found.cycles, found.scratch[:2]) == (1, [1, 0])


def test_traced_words_are_kept_in_order(run: Run) -> None:
    count = 200
    bundles = [{"flow": [("trace_write", 0)], "load": [("const", 0, n)]} for n in range(1, count)]
    assert run(bundles, limit=1000).trace == list(range(count - 1))


# Jumps


@pytest.mark.parametrize("jump", [("jump", 3), ("cond_jump", 0, 3), ("cond_jump_rel", 0, 1), ("jump_indirect", 1)])
def test_jumps_skip_a_bundle(run: Run, jump: tuple[Any, ...]) -> None:
    start = {"load": [("const", 0, 1), ("const", 1, 3)]}
    assert run([start, {"flow": [jump]}, const(5, 1), const(6, 1)]).scratch[5:7] == [0, 1]


def test_conditional_jumps_fall_through_on_0(run: Run) -> None:
    jumps = [{"flow": [("cond_jump", 0, 9)]}, {"flow": [("cond_jump_rel", 0, 9)]}]
    assert run([*jumps, const(1, 1)]).scratch[1] == 1


@pytest.mark.parametrize("target", [3, 100, 2**31, 2**63 - 1, 2**63, 10**30])
@pytest.mark.parametrize("name", ["jump", "cond_jump", "cond_jump_rel"])
def test_a_jump_past_the_end_ends_the_program(run: Run, name: str, target: int) -> None:
    slot = (name, target) if name == "jump" else (name, 0, target)
    found = run([const(0, 1), {"flow": [slot]}, const(1, 1)])
    assert (found.cycles, found.scratch[1], found.fault) == (2, 0, None)


@pytest.mark.parametrize("target", [-1, -3, -(2**63) - 1, -(10**30)])
@pytest.mark.parametrize("name", ["jump", "cond_jump"])
def test_a_jump_before_the_start_is_an_error(run: Run, name: str, target: int) -> None:
    slot = (name, target) if name == "jump" else (name, 0, target)
    assert run([const(0, 1), {"flow": [slot]}]).fault == Fault(FaultKind.NEGATIVE_PC, 1)


# Errors


@pytest.mark.parametrize(
    ("bundle", "kind"),
    [
        ({"gpu": []}, FaultKind.UNKNOWN_ENGINE),
        ({"alu": [("+", 0, 0, 0)] * 13}, FaultKind.TOO_MANY_SLOTS),
        ({"alu": [("**", 0, 0, 0)]}, FaultKind.UNKNOWN_OPCODE),
        ({"debug": [("print", 0)]}, FaultKind.UNKNOWN_OPCODE),
        ({"alu": [("+", 0, 0)]}, FaultKind.WRONG_OPERANDS),
        ({"flow": [("halt", 0)]}, FaultKind.WRONG_OPERANDS),
        ({"debug": [("comment",)]}, FaultKind.WRONG_OPERANDS),
        ({"alu": [("+", -1, 0, 0)]}, FaultKind.SCRATCH_ADDRESS),
        ({"alu": [("+", 1536, 0, 0)]}, FaultKind.SCRATCH_ADDRESS),
        ({"valu": [("+", 1529, 0, 0)]}, FaultKind.SCRATCH_ADDRESS),
        ({"load": [("load_offset", 1530, 0, 6)]}, FaultKind.SCRATCH_ADDRESS),
        ({"load": [("load", 0, 1)]}, FaultKind.MEMORY_ADDRESS),
        ({"load": [("vload", 0, 0)]}, FaultKind.MEMORY_ADDRESS),
        ({"store": [("vstore", 0, 0)]}, FaultKind.MEMORY_ADDRESS),
        ({"alu": [("%", 0, 0, 0)]}, FaultKind.DIVISION_BY_ZERO),
        ({"valu": [("cdiv", 0, 0, 8)]}, FaultKind.DIVISION_BY_ZERO),
        ({"flow": [("cond_jump_rel", 1, -3)]}, FaultKind.NEGATIVE_PC),
    ],
)
def test_errors_name_their_kind_and_bundle(run: Run, bundle: Any, kind: FaultKind) -> None:
    found = run([{"load": [("const", 1, 7)]}, bundle, const(0, 0)], memory=[1, 2, 3, 4, 5, 6, 7])
    assert found.fault == Fault(kind, 1)


def test_the_last_vector_of_scratch_and_of_memory_is_legal(run: Run) -> None:
    bundles = [const(0, 2), {"load": [("vload", 1528, 0)], "store": [("vstore", 0, 8)]}]
    found = run(bundles, memory=range(10))
    assert (found.fault, found.scratch[1528:], found.memory) == (None, list(range(2, 10)), [0, 1] + [0] * 8)


def test_of_several_errors_in_a_bundle_the_first_in_slot_order_counts(run: Run) -> None:
    bundle = {"alu": [("//", 0, 0, 0), ("nope",)], "gpu": []}
    assert run([bundle]).fault == Fault(FaultKind.DIVISION_BY_ZERO, 0)
    assert run([{"alu": [("nope",), ("//", 0, 0, 0)]}]).fault == Fault(FaultKind.UNKNOWN_OPCODE, 0)
    assert run([dict(reversed(bundle.items()))]).fault == Fault(FaultKind.UNKNOWN_ENGINE, 0)


def test_errors_are_found_before_any_write(run: Run) -> None:
    dividing = {"load": [("const", 0, 1)], "alu": [("//", 1, 1, 0)]}
    assert run([dividing]).fault == Fault(FaultKind.DIVISION_BY_ZERO, 0)


def test_an_endless_program_meets_the_cycle_limit(run: Run) -> None:
    assert run([{"flow": [("pause",)]}, {"flow": [("jump", 0)]}], limit=7).fault == Fault(FaultKind.CYCLE_LIMIT, 1)


def test_a_program_may_take_exactly_the_cycle_limit(run: Run) -> None:
    assert run([const(0, 1)] * 7, limit=7).cycles == 7
    assert run([const(0, 1)] * 8, limit=7).fault == Fault(FaultKind.CYCLE_LIMIT, 7)


# Latencies


def slow(**cycles: int) -> Machine:
    names = {"add": ("alu", "+"), "const": ("load", "const"), "load": ("load", "load"), "store": ("store", "store")}
    return TAKEHOME.variant("slow", latencies={names[name]: latency for name, latency in cycles.items()})


def read(d: int) -> dict[str, list[Any]]:
    return {"flow": [("add_imm", d, 0, 0)]}


def test_a_write_is_seen_latency_bundles_later_and_not_before(run: Run) -> None:
    found = run([const(0, 9), read(11), read(12), read(13)], slow(const=3))
    assert found.scratch[11:14] == [0, 0, 9]


def test_a_program_lasts_until_its_last_write_has_landed(run: Run) -> None:
    found = run([const(0, 9)], slow(const=5))
    assert (found.cycles, found.scratch[0]) == (5, 9)


def test_writes_in_flight_at_halt_land_and_count(run: Run) -> None:
    found = run([{"load": [("const", 0, 9)], "flow": [("halt",)]}, const(1, 1)], slow(const=4))
    assert (found.cycles, found.scratch[:2]) == (4, [9, 0])


def test_a_write_that_landed_in_time_adds_no_cycles(run: Run) -> None:
    assert run([const(0, 9), {"flow": []}, {"flow": []}], slow(const=3)).cycles == 3


def test_free_bundles_do_not_advance_what_is_in_flight(run: Run) -> None:
    found = run([const(0, 9), {}, {}, read(11), {}, read(12)], slow(const=2))
    assert (found.cycles, found.scratch[11:13]) == (3, [0, 9])


def test_nothing_stalls_for_a_write_in_flight(run: Run) -> None:
    overwrite_in_flight = [const(0, 9), {"flow": [("add_imm", 0, 1, 4)]}, read(11), read(12)]
    assert run(overwrite_in_flight, slow(const=3)).scratch[11:13] == [4, 9]


def test_of_two_writes_that_land_together_the_later_issued_wins(run: Run) -> None:
    slow_then_fast = [const(0, 1), {"flow": [("add_imm", 0, 5, 2)]}]
    assert run(slow_then_fast, slow(const=2)).scratch[0] == 2


def test_of_two_writes_that_land_together_from_one_bundle_the_order_of_the_bundle_decides(run: Run) -> None:
    bundle = {"load": [("const", 0, 1)], "alu": [("+", 0, 5, 5)]}
    assert run([bundle], slow(const=3, add=3)).scratch[0] == 0
    assert run([dict(reversed(bundle.items()))], slow(const=3, add=3)).scratch[0] == 1


def test_of_two_writes_in_a_bundle_the_one_that_lands_last_stays(run: Run) -> None:
    bundle = {"load": [("const", 0, 1)], "flow": [("add_imm", 0, 5, 2)]}
    assert run([bundle], slow(const=2)).scratch[0] == 1


def test_a_load_reads_memory_when_it_issues(run: Run) -> None:
    store = {"load": [("load", 5, 0)], "store": [("store", 0, 1)]}
    found = run([const(1, 7), store, {"flow": []}], slow(load=3), memory=[4])
    assert (found.scratch[5], found.memory) == (4, [7])


def test_a_store_is_seen_by_loads_only_after_its_latency(run: Run) -> None:
    loads = [{"load": [("load", d, 0)]} for d in (5, 6, 7)]
    found = run([const(1, 7), {"store": [("store", 0, 1)]}, *loads], slow(store=3), memory=[4])
    assert (found.scratch[5:8], found.cycles) == ([4, 4, 7], 5)


def test_a_store_keeps_the_address_and_word_it_read_when_it_issued(run: Run) -> None:
    change = {"load": [("const", 0, 1), ("const", 1, 8)]}
    assert run([const(1, 7), {"store": [("store", 0, 1)]}, change], slow(store=4), memory=[4, 4]).memory == [7, 4]


def test_two_jumps_in_a_bundle_the_last_one_taken_decides(run: Run) -> None:
    machine = TAKEHOME.variant("two flows", slots={"flow": 2})
    bundle = {"flow": [("jump", 2), ("jump", 3)]}
    assert run([bundle, const(1, 1), const(2, 1), const(3, 1)], machine).scratch[1:4] == [0, 0, 1]
    not_taken = {"flow": [("jump", 2), ("cond_jump", 0, 3)]}
    assert run([not_taken, const(1, 1), const(2, 1), const(3, 1)], machine).scratch[1:4] == [0, 1, 1]


def test_the_memory_given_is_not_modified(run: Run) -> None:
    memory = [4, 5]
    run([const(1, 7), {"store": [("store", 0, 1)]}], memory=memory)
    assert memory == [4, 5]
