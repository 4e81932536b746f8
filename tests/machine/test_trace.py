"""Traces: a track for each slot, an event for each slot issued, and scratch occupancy."""

import json
from random import Random
from typing import Any

import pytest

from machine.model import Engine, Machine, load_machine
from machine.program import Program, Slot
from machine.trace import Place, SlotLabel, chrome_trace
from tests.search.cases import machines

TAKEHOME = load_machine("takehome")
SLOW = TAKEHOME.variant("slow", latencies={("alu", "*"): 4}, slots={"alu": 2})
PROGRAM = Program(
    (
        {"load": (("const", 0, 7), ("const", 1, 8))},
        {"debug": (("comment", "free"),)},
        {"alu": (("+", 2, 0, 1), ("*", 3, 0, 1)), "flow": (("halt",),)},
        {"alu": ()},
        {"debug": (("comment", "free too"),), "store": (("store", 0, 2),)},
    )
)


def events(trace: dict[str, Any], phase: str) -> list[dict[str, Any]]:
    return [event for event in trace["traceEvents"] if event["ph"] == phase]


def names(trace: dict[str, Any], kind: str) -> dict[tuple[int, int], str]:
    """What processes or threads are called, by process and thread."""
    return {(e["pid"], e["tid"]): e["args"]["name"] for e in events(trace, "M") if e["name"] == kind}


def test_each_slot_of_each_scored_engine_has_a_track() -> None:
    trace = chrome_trace(PROGRAM, SLOW)
    wanted = [f"{engine.name} {number}" for engine in SLOW.scored_engines for number in range(engine.slots)]
    assert [name for name in names(trace, "thread_name").values() if "in flight" not in name] == wanted
    assert "alu 1" in wanted
    assert "alu 2" not in wanted


def test_engines_are_processes_and_scratch_is_one_more() -> None:
    found = names(chrome_trace(PROGRAM, TAKEHOME), "process_name")
    assert found == {(n, 0): name for n, name in enumerate(["alu", "valu", "load", "store", "flow", "scratch"])}


def test_each_slot_is_an_event_on_its_own_track_in_the_cycle_it_issues() -> None:
    trace = chrome_trace(PROGRAM, TAKEHOME)
    tracks = names(trace, "thread_name")
    found = [(e["ts"], tracks[e["pid"], e["tid"]], e["name"]) for e in events(trace, "X")]
    assert sorted(found) == [
        (0, "load 0", "const"),
        (0, "load 1", "const"),
        (1, "alu 0", "+"),
        (1, "alu 1", "*"),
        (1, "flow 0", "halt"),
        (3, "store 0", "store"),
    ]


def test_bundles_of_free_engines_take_no_time_and_show_nothing() -> None:
    trace = chrome_trace(Program(({"debug": (("comment", "x"),)}, {})), TAKEHOME)
    assert events(trace, "X") == []
    assert "debug" not in json.dumps(trace)


def test_an_event_lasts_as_long_as_its_latency() -> None:
    found = {e["name"]: e["dur"] for e in events(chrome_trace(PROGRAM, SLOW), "X")}
    assert found == {"const": 1, "+": 1, "*": 4, "halt": 1, "store": 1}


def test_an_event_says_its_operands_and_bundle() -> None:
    (store,) = (e for e in events(chrome_trace(PROGRAM, TAKEHOME), "X") if e["name"] == "store")
    assert store["args"] == {"slot": "store 0 2", "bundle": 4}
    assert store["cat"] == "store"


def test_labels_may_be_ones_own() -> None:
    def label(place: Place, slot: Slot) -> SlotLabel:
        return SlotLabel(f"{place.bundle}/{place.engine}/{place.position}", {"opcode": slot[0]})

    found = {e["name"]: e["args"] for e in events(chrome_trace(PROGRAM, TAKEHOME, label=label), "X")}
    assert found["4/store/0"] == {"opcode": "store", "bundle": 4}
    assert len(found) == 6


def test_live_words_are_a_counter_over_cycles() -> None:
    trace = chrome_trace(PROGRAM, TAKEHOME, [0, 2, 5])
    scratch = len(TAKEHOME.scored_engines)
    found = [(e["ts"], e["name"], e["args"]) for e in events(trace, "C") if e["pid"] == scratch]
    assert found == [(cycle, "live words", {"words": words}) for cycle, words in enumerate((0, 2, 5, 0))]
    counted = [(e["ts"], e["args"]["words"]) for e in events(chrome_trace(PROGRAM, TAKEHOME, [4, 4, 0]), "C")[-2:]]
    assert counted == [(0, 4), (2, 0)]


def test_slots_issued_are_a_counter_of_each_engine() -> None:
    trace = chrome_trace(PROGRAM, TAKEHOME)
    found = [(e["name"], e["ts"], e["args"]["slots"]) for e in events(trace, "C")]
    assert [each for each in found if each[0].startswith("load")] == [
        ("load slots issued", 0, 2),
        ("load slots issued", 1, 0),
    ]
    assert [each[1:] for each in found if each[0].startswith("alu")] == [(0, 0), (1, 2), (2, 0)]


def test_slots_with_latency_have_tracks_of_their_own() -> None:
    trace = chrome_trace(Program(({"alu": (("+", 2, 0, 1), ("*", 3, 0, 1))},) * 5), SLOW)
    tracks = names(trace, "thread_name")
    found = [(e["ts"], tracks[e["pid"], e["tid"]]) for e in events(trace, "X") if e["name"] == "*"]
    assert found == [(cycle, f"alu in flight {cycle % 4}") for cycle in range(5)]
    assert {tracks[e["pid"], e["tid"]] for e in events(trace, "X") if e["name"] == "+"} == {"alu 0"}


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_slices_of_a_track_never_overlap(machine: Machine) -> None:
    random = Random(5)
    for _ in range(20):
        trace = chrome_trace(random_program(random, machine), machine)
        ends: dict[tuple[int, int], int] = {}
        for event in sorted(events(trace, "X"), key=lambda event: int(event["ts"])):
            track = event["pid"], event["tid"]
            assert track in names(trace, "thread_name")
            assert event["ts"] >= ends.get(track, 0)
            ends[track] = event["ts"] + event["dur"]


def random_program(random: Random, machine: Machine) -> Program:
    def slots(engine: Engine) -> tuple[Slot, ...]:
        opcodes = random.choices(list(engine.opcodes.values()), k=random.randint(0, engine.slots))
        return tuple((opcode.name, *(0 for _ in opcode.operands)) for opcode in opcodes)

    return Program(tuple({engine.name: slots(engine) for engine in machine.scored_engines} for _ in range(12)))


def test_arrows_go_from_slice_to_slice() -> None:
    pair = Place(0, "load", 1), Place(2, "alu", 1)
    trace = chrome_trace(PROGRAM, SLOW, arrows=[pair, pair])
    ((first, second), (start, *_), (end, *_)) = ((0, 1), events(trace, "s"), events(trace, "f"))
    assert [event["id"] for event in (*events(trace, "s"), *events(trace, "f"))] == [first, second] * 2
    slices = {(e["pid"], e["tid"], e["ts"]): e["name"] for e in events(trace, "X")}
    assert slices[start["pid"], start["tid"], start["ts"]] == "const"
    assert slices[end["pid"], end["tid"], end["ts"]] == "*"
    assert end["bp"] == "e"


def test_an_empty_program_has_tracks_and_no_events() -> None:
    trace = chrome_trace(Program(()), TAKEHOME)
    assert events(trace, "X") == events(trace, "C") == []
    assert len(names(trace, "thread_name")) == 12 + 6 + 2 + 2 + 1


def test_a_trace_is_json_that_names_its_machine() -> None:
    trace = chrome_trace(PROGRAM, SLOW, [1])
    assert json.loads(json.dumps(trace)) == trace
    assert trace["otherData"] == {"machine": "slow"}
    assert all({"ph", "pid", "tid", "name", "args"} <= event.keys() for event in trace["traceEvents"])
