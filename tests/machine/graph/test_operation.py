import pytest

from machine.graph.builder import Kernel
from machine.graph.operation import Buffer, Operand
from machine.model import load_machine

TAKEHOME = load_machine("takehome")


def test_a_word_of_a_buffer_is_an_operand() -> None:
    assert Buffer(3, "b", 4)[2] == Operand(3, 2, 0)


@pytest.mark.parametrize("offset", [-1, 4])
def test_a_buffer_has_no_words_outside_it(offset: int) -> None:
    with pytest.raises(IndexError, match="buffer b has 4 words"):
        Buffer(3, "b", 4)[offset]


def test_words_are_numbered_buffer_after_buffer() -> None:
    kernel = Kernel(TAKEHOME, 0)
    for words in (1, 8, 3):
        kernel.buffer("b", words)
    assert kernel.graph().first_words == (0, 1, 9, 12)
