import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.graph.builder import Kernel
from machine.graph.execute import execute
from problems.kernels.vectors import broadcast, covering, load_into, load_words, store_words, sum_of_products
from tests.problems.kernels.running import TAKEHOME, count


@pytest.mark.parametrize(
    ("words", "starts"),
    [
        (range(3, 4), [3]),
        (range(3, 11), [3]),
        (range(3, 12), [3, 4]),
        (range(0, 16), [0, 8]),
        (range(0, 20), [0, 8, 12]),
    ],
)
def test_the_last_vector_is_moved_back(words: range, starts: list[int]) -> None:
    assert [part.start for part in covering(words, 8)] == starts


@given(start=st.integers(0, 50), size=st.integers(1, 100), length=st.integers(1, 20))
def test_ranges_cover_words_and_nothing_else(start: int, size: int, length: int) -> None:
    words = range(start, start + size)
    parts = covering(words, length)
    assert {word for part in parts for word in part} == set(words)
    assert {len(part) for part in parts} == {min(size, length)}
    assert len(parts) == -(-size // length)


@given(at=st.integers(0, 20), size=st.integers(1, 40), gap=st.integers(0, 10), length=st.integers(1, 12))
def test_words_are_copied_and_no_others_written(at: int, size: int, gap: int, length: int) -> None:
    target = at + size + gap
    kernel = Kernel(TAKEHOME.variant("other", vector_length=length), target + size)
    store_words(kernel, range(target, target + size), load_words(kernel, "copy", range(at, at + size)))
    memory = list(range(100, 100 + target + size))
    assert execute(kernel.graph(), memory) == memory[:target] + memory[at : at + size]


@given(size=st.integers(1, 20), room=st.integers(0, 30))
def test_what_follows_the_words_is_zero(size: int, room: int) -> None:
    words = max(size, room, 8)
    kernel = Kernel(TAKEHOME, size + words)
    buffer = load_words(kernel, "words", range(size), room)
    assert buffer.words == words
    store_words(kernel, range(size, size + words), buffer)
    memory = [7] * (size + words)
    assert execute(kernel.graph(), memory)[size:] == [7] * size + [0] * (words - size)


def test_words_are_loaded_to_an_offset_and_stored_from_one() -> None:
    kernel = Kernel(TAKEHOME, 32)
    buffer = kernel.buffer("words", 20, zero=True)
    load_into(kernel, buffer, 5, range(0, 11))
    store_words(kernel, range(16, 32), buffer[3])
    memory = list(range(1, 33))
    assert execute(kernel.graph(), memory)[16:] == [0, 0, *range(1, 12), 0, 0, 0]


def test_whole_vectors_are_loaded_and_stored_in_one_slot() -> None:
    kernel = Kernel(TAKEHOME, 40)
    store_words(kernel, range(20, 40), load_words(kernel, "words", range(0, 20)))
    assert (count(kernel.graph(), "vload"), count(kernel.graph(), "vstore")) == (3, 3)
    assert count(kernel.graph(), "load", "store") == 0


@pytest.mark.parametrize("choice", [0, 1])
def test_a_broadcast_is_a_valu_slot_or_alu_lanes(choice: int) -> None:
    kernel = Kernel(TAKEHOME, 9)
    word, vector = load_words(kernel, "word", range(1))[0], kernel.vector("vector")
    broadcast(kernel, vector, word)
    store_words(kernel, range(1, 9), vector)
    graph = kernel.graph()
    choices = [choice if operation.name == "broadcast" else 0 for operation in graph.operations]
    assert execute(graph, [5] + [0] * 8, choices) == [5] * 9


def test_a_sum_of_products_is_one_product_and_multiply_adds() -> None:
    kernel = Kernel(TAKEHOME, 16)
    a = load_words(kernel, "a", range(8))
    store_words(kernel, range(8, 16), sum_of_products(kernel, "sum", [(a, a), (a, a), (a, a)]))
    assert (count(kernel.graph(), "*"), count(kernel.graph(), "multiply_add")) == (1, 2)
    assert execute(kernel.graph(), list(range(16)))[8:] == [3 * word * word for word in range(8)]
