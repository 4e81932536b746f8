"""Shapes for which no program can be written are refused from their numbers alone."""

import pytest

from machine.errors import KernelError, UserError
from machine.limits import MOST_MEMORY_WORDS
from machine.model import load_machine
from problems.checking.room import require_input_room, require_room
from problems.language import Array, ArrayKernel, Code, Size, read, written

POCKET = load_machine("pocket")


class Copy(ArrayKernel):
    """Copies the first words of an array."""

    n, spare = Size(8), Size(1)
    x, y = read("n + spare"), written("n")

    def kernel(self, k: Code, n: int, x: Array, y: Array) -> None:
        for i in k.range(n):
            y[i] = x[i]


def test_words_beyond_memory() -> None:
    require_room(Copy(), {"n": 8, "spare": MOST_MEMORY_WORDS - 16}, POCKET)
    with pytest.raises(UserError, match=r"^copy at n=8,spare=16777201 needs 16,777,217 words of memory, and there "):
        require_room(Copy(), {"n": 8, "spare": MOST_MEMORY_WORDS - 15}, POCKET)


def test_words_that_no_program_is_long_enough_to_store() -> None:
    require_room(Copy(), {"n": 1_000_000, "spare": 1}, POCKET)
    with pytest.raises(UserError, match=r"writes 1,000,001 words .* stores 1,000,000 on the 4 lanes of pocket: give a"):
        require_room(Copy(), {"n": 1_000_001, "spare": 1}, POCKET)


def test_inputs_beyond_what_can_be_held() -> None:
    require_input_room(Copy(), {"n": 1000, "spare": 1}, 1000)
    with pytest.raises(UserError, match=r"400,001 words .* 400,001,000 in 1,000 inputs, .* give --inputs 671 or"):
        require_input_room(Copy(), {"n": 200_000, "spare": 1}, 1000)


def test_a_loop_with_far_too_many_iterations_is_refused_after_two() -> None:
    with pytest.raises(UserError, match="a loop of 900,000 indices makes about 900,000 operations"):
        Copy().knobs({"n": 900_000, "spare": 1}, "all", POCKET)


def test_a_length_that_is_no_number_is_the_mistake_that_it_was() -> None:
    class Odd(Copy):
        y = written("n // 0")

    with pytest.raises(KernelError, match="a length of array y"):
        require_room(Odd(), {"n": 8, "spare": 1}, POCKET)
