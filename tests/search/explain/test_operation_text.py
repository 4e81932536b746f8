"""Names of buffers, operations and slots."""

from machine.graph.builder import Kernel
from machine.graph.operation import MemoryRange
from search.analysis.prepared_graph import prepare
from search.explain.operation_text import GraphText
from tests.search.cases import TAKEHOME


def text() -> GraphText:
    kernel = Kernel(TAKEHOME, 8)
    pair = kernel.buffer("pair", 2, zero=True)
    for _ in range(2):
        kernel.scalar_binary("+", kernel.scalar("sum"), pair[0], pair[1])
    kernel.store(kernel.constant(5), pair[1], MemoryRange(5, 6))
    return GraphText(prepare(kernel.graph()))


def test_buffers_of_one_name_have_numbers_and_others_none() -> None:
    assert text().buffers[:3] == ("pair", "sum.1", "sum.2")


def test_operations_say_what_they_write() -> None:
    found = text()
    names = [found.operation(number) for number in range(found.prepared.flat.operations)]
    assert names == ["+ -> sum.1", "+ -> sum.2", "constant -> const 0x5", "store"]


def test_slots_have_operands_by_name_and_numbers_as_they_are() -> None:
    found = text()
    slots = [found.slot(slot) for slot in range(len(found.prepared.flat.slot_engines))]
    assert slots[0] == "+ sum.1, pair, pair[1]"
    assert "const const 0x5, 5" in slots
    assert slots[-1] == "store const 0x5, pair[1]"


def test_operations_say_where_they_were_built() -> None:
    assert text().source(0).startswith("test_operation_text.py:")
