"""Traces: a track for each slot, an event for each slot issued, and scratch occupancy."""

import json
from typing import Any

from machine.model import load_machine
from machine.program import Program, Slot
from machine.trace import chrome_trace

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
    assert list(names(trace, "thread_name").values()) == wanted
    assert "alu 1" in wanted
    assert "alu 2" not in wanted


def test_engines_are_processes_and_scratch_is_one_more() -> None:
    found = names(chrome_trace(PROGRAM, TAKEHOME), "process_name")
    assert found == {(n, 0): name for n, name in enumerate(["alu", "valu", "load", "store", "flow", "scratch"])}


def test_each_slot_is_an_event_on_its_own_track_in_the_cycle_it_issues() -> None:
    trace = chrome_trace(PROGRAM, TAKEHOME)
    tracks = names(trace, "thread_name")
    found = [(e["ts"], tracks[e["pid"], e["tid"]], e["name"]) for e in events(trace, "X")]
    assert found == [
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
    store = events(chrome_trace(PROGRAM, TAKEHOME), "X")[-1]
    assert store["args"] == {"slot": "store 0 2", "bundle": 4}
    assert store["cat"] == "store"


def test_labels_may_be_ones_own() -> None:
    def label(bundle: int, engine: str, position: int, slot: Slot) -> str:
        return f"{bundle}/{engine}/{position}/{slot[0]}"

    found = [e["args"]["slot"] for e in events(chrome_trace(PROGRAM, TAKEHOME, label=label), "X")]
    assert found[-1] == "4/store/0/store"
    assert len(set(found)) == 6


def test_live_words_are_a_counter_over_cycles() -> None:
    trace = chrome_trace(PROGRAM, TAKEHOME, [0, 2, 5])
    scratch = len(TAKEHOME.scored_engines)
    found = [(e["pid"], e["ts"], e["name"], e["args"]) for e in events(trace, "C")]
    assert found == [(scratch, cycle, "live words", {"words": words}) for cycle, words in enumerate((0, 2, 5))]


def test_an_empty_program_has_tracks_and_no_events() -> None:
    trace = chrome_trace(Program(()), TAKEHOME)
    assert events(trace, "X") == events(trace, "C") == []
    assert len(names(trace, "thread_name")) == 12 + 6 + 2 + 2 + 1


def test_a_trace_is_json_that_names_its_machine() -> None:
    trace = chrome_trace(PROGRAM, SLOW, [1])
    assert json.loads(json.dumps(trace)) == trace
    assert trace["otherData"] == {"machine": "slow"}
    assert all({"ph", "pid", "tid", "name", "args"} <= event.keys() for event in trace["traceEvents"])
