"""The timeline: who issues when, who is ready, who is in flight."""

import pytest

from machine.errors import UserError
from machine.graph.builder import Kernel
from search.analysis.prepared_graph import prepare
from search.explain.cycle_timeline import parse_cycles, timeline
from tests.search.cases import TAKEHOME
from tests.search.explain.explained import explained

SLOW = TAKEHOME.variant("slow", slots={"load": 1, "flow": 1}, latencies={("alu", "+"): 3})


def kernel() -> Kernel:
    made = Kernel(SLOW, 0)
    a, b, c = made.constant(1), made.constant(2), made.constant(3)
    for name, other in (("x", b), ("y", c)):
        made.scalar_binary("+", made.scalar(name), a, other)
    return made


def rows(cycles: range) -> list[tuple[str, str, int, str]]:
    case = explained(prepare(kernel().graph()))
    found = timeline(case.prepared, case.schedule, case.told.readiness, cycles)
    return [(case.told.text.operation(row.operation), row.engine, row.cycle, row.marks) for row in found]


def test_issues_waits_and_flights_are_marked() -> None:
    assert sorted(rows(range(5))) == sorted(
        [
            ("constant -> const 0x1", "flow", 0, "1...."),
            ("constant -> const 0x2", "load", 0, "1...."),
            ("constant -> const 0x3", "flow", 1, "=1..."),
            ("+ -> x", "alu", 1, ".1--."),
            ("+ -> y", "alu", 2, "..1--"),
        ]
    )


def test_only_what_issues_in_the_cycles_asked_for_has_a_row() -> None:
    assert rows(range(2, 4)) == [("+ -> y", "alu", 2, "1-")]


def test_lanes_that_issue_together_are_counted() -> None:
    made = Kernel(TAKEHOME.variant("no valu", slots={"valu": 1}), 0)
    a = made.vector("a", zero=True)
    for name in ("b", "c", "d"):
        made.binary("+", made.vector(name), a, a)
    case = explained(prepare(made.graph()))
    marks = "".join(row.marks for row in timeline(case.prepared, case.schedule, case.told.readiness, range(9)))
    issued = sum(int(mark) for mark in marks if mark.isdigit())
    assert issued == int((case.schedule.cycles >= 0).sum()) > 3


@pytest.mark.parametrize(
    ("text", "cycles"), [("1:3", range(1, 3)), (":3", range(3)), ("2:", range(2, 10)), ("4:99", range(4, 10))]
)
def test_cycles_are_named_by_first_and_end(text: str, cycles: range) -> None:
    assert parse_cycles(text, 10) == cycles


@pytest.mark.parametrize("text", ["", "3", "a:b", "-1:2", "1:2:3"])
def test_other_texts_name_no_cycles(text: str) -> None:
    with pytest.raises(UserError, match="first:end"):
        parse_cycles(text, 10)


@pytest.mark.parametrize("text", ["5:5", "10:12"])
def test_no_cycles_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="there are no cycles"):
        parse_cycles(text, 10)
