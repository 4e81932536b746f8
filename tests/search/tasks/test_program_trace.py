"""Traces of candidates: every slot and arrow of the schedule, by the kernel's names, without overlap."""

import pytest

from machine.model import Machine
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy
from search.tasks.candidate import make_candidate
from search.tasks.program_trace import trace_of
from tests.search.cases import machines, random_prepared


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_a_slice_for_each_slot_and_arrows_that_end_no_later_than_their_slots_issue(machine: Machine) -> None:
    for seed in range(4):
        prepared = random_prepared(seed, machine)
        candidate = make_candidate(prepared, decide(prepared, default_policy(machine)))
        events = trace_of(candidate)["traceEvents"]
        slices = {(e["pid"], e["tid"], e["ts"]): e for e in events if e["ph"] == "X"}
        assert len(slices) == int((candidate.decision.schedule.cycles >= 0).sum())
        starts = {e["id"]: e for e in events if e["ph"] == "s"}
        ends = {e["id"]: e for e in events if e["ph"] == "f"}
        assert starts.keys() == ends.keys()
        for number, end in ends.items():
            before, after = (slices[e["pid"], e["tid"], e["ts"]] for e in (starts[number], end))
            assert after["args"]["waited for"] == before["args"]["slot"]
            assert int(after["args"]["ready"]) <= after["ts"]


def test_slices_have_the_names_of_operations() -> None:
    prepared = random_prepared(0)
    candidate = make_candidate(prepared, decide(prepared, default_policy(prepared.machine)))
    slices = [e for e in trace_of(candidate)["traceEvents"] if e["ph"] == "X"]
    assert {e["name"].split(" -> ")[0] for e in slices} <= {each.name for each in prepared.graph.operations}
    assert all(".py:" in e["args"]["line"] for e in slices)
