"""Lifetimes and addresses."""

from itertools import combinations
from random import Random

import numpy as np
import pytest

from machine.graph.builder import Kernel
from machine.graph.decision import OMITTED, schedule_of
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph, flatten
from machine.graph.operation import Implementation
from machine.model import Machine
from search.scheduling.list_scheduler import schedule
from search.scratch.allocation import allocate, allocate_largest_first
from search.scratch.lifetimes import Lifetimes, find_lifetimes
from tests.search.cases import TAKEHOME, machines, random_policies, random_prepared


def flat_of_sizes(words: Ints) -> FlatGraph:
    """A graph with no operations whose buffers have these sizes."""
    kernel = Kernel(TAKEHOME, 0)
    for number, size in enumerate(words.tolist()):
        kernel.buffer(f"b{number}", size)
    return flatten(kernel.graph())


def random_lifetimes(random: Random, count: int) -> Lifetimes:
    starts = np.array([random.randrange(40) for _ in range(count)], dtype=np.int64)
    lengths = np.array([random.choice((1, 2, 5, 20)) for _ in range(count)], dtype=np.int64)
    used = np.array([random.random() < 0.9 for _ in range(count)])
    return Lifetimes(np.where(used, starts, 0), np.where(used, starts + lengths, 0))


def assert_apart(lifetimes: Lifetimes, words: Ints, addresses: Ints, scratch_words: int) -> None:
    """Every used buffer lies in scratch, and no two overlap both in time and in address."""
    used = np.flatnonzero(lifetimes.ends > 0)
    assert (addresses[lifetimes.ends == 0] == OMITTED).all()
    assert (addresses[used] >= 0).all()
    assert (addresses[used] + words[used] <= scratch_words).all()
    for a, b in combinations(used.tolist(), 2):
        in_time = lifetimes.starts[a] < lifetimes.ends[b] and lifetimes.starts[b] < lifetimes.ends[a]
        in_place = addresses[a] < addresses[b] + words[b] and addresses[b] < addresses[a] + words[a]
        assert not (in_time and in_place)


# Lifetimes


def lifetimes_of(kernel: Kernel, cycles: list[int]) -> list[tuple[int, int]]:
    flat = flatten(kernel.graph())
    found = find_lifetimes(flat, schedule_of(flat, np.array(cycles, dtype=np.int64)))
    return list(zip(found.starts.tolist(), found.ends.tolist(), strict=True))


def written_and_read(machine: Machine) -> Kernel:
    """Buffers: zero, word, other; ``word <- zero * zero; other <- word + word``."""
    kernel = Kernel(machine, 0)
    zero = kernel.buffer("zero", 1, zero=True)[0]
    word, other = kernel.scalar("word"), kernel.scalar("other")
    kernel.scalar_binary("*", word, zero, zero)
    kernel.scalar_binary("+", other, word, word)
    return kernel


def test_a_word_is_held_from_the_cycle_after_its_write_lands_to_its_last_read() -> None:
    slow = TAKEHOME.variant("slow", latencies={("alu", "*"): 3})
    assert lifetimes_of(written_and_read(TAKEHOME), [2, 7])[1] == (3, 8)
    assert lifetimes_of(written_and_read(slow), [2, 7])[1] == (5, 8)


def test_a_write_that_nobody_reads_holds_its_buffer_for_the_cycle_after_it_lands() -> None:
    slow = TAKEHOME.variant("slow", latencies={("alu", "+"): 4})
    assert lifetimes_of(written_and_read(TAKEHOME), [2, 7])[2] == (8, 9)
    assert lifetimes_of(written_and_read(slow), [2, 7])[2] == (11, 12)


def test_a_zero_buffer_is_held_from_the_start() -> None:
    assert lifetimes_of(written_and_read(TAKEHOME), [2, 7])[0] == (0, 3)


def test_a_buffer_that_nothing_uses_has_no_lifetime_even_if_it_is_zero() -> None:
    kernel = written_and_read(TAKEHOME)
    kernel.vector("unused")
    kernel.vector("unused zero", zero=True)
    assert lifetimes_of(kernel, [0, 1])[3:] == [(0, 0), (0, 0)]


def test_a_buffer_is_held_whole_from_its_first_landing_to_its_last_access_be_it_a_write() -> None:
    slow = TAKEHOME.variant("slow", latencies={("alu", "*"): 9})
    kernel = Kernel(slow, 0)
    zero, pair = kernel.buffer("zero", 1, zero=True)[0], kernel.buffer("pair", 2)
    kernel.scalar_binary("*", pair[0], zero, zero)
    kernel.scalar_binary("+", pair[1], zero, zero)
    assert lifetimes_of(kernel, [0, 4])[1] == (5, 10)


def test_slots_that_are_not_issued_hold_nothing() -> None:
    kernel = Kernel(TAKEHOME, 0)
    zero, word, other = kernel.buffer("zero", 1, zero=True)[0], kernel.scalar("word"), kernel.scalar("other")
    copy = Implementation("alu", (kernel.run("alu", "+", (other, word, zero)),))
    kernel.scalar_binary("+", word, zero, zero)
    kernel.operation("either", [copy, Implementation("load", (kernel.run("load", "const", (other, 0)),))])
    assert lifetimes_of(kernel, [0, -1, 6])[1] == (1, 2)
    assert lifetimes_of(kernel, [0, 6, -1])[1] == (1, 7)


def test_the_peak_is_the_most_words_held_in_one_cycle() -> None:
    lifetimes = Lifetimes(np.array([0, 3, 4, 0]), np.array([4, 6, 5, 0]))
    assert lifetimes.peak(np.array([10, 5, 6, 100])) == 15
    assert Lifetimes(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)).peak(np.zeros(0, dtype=np.int64)) == 0


@pytest.mark.parametrize("seed", range(10))
def test_the_peak_agrees_with_a_count_cycle_by_cycle(seed: int) -> None:
    random = Random(seed)
    lifetimes = random_lifetimes(random, 30)
    words = np.array([random.randint(1, 9) for _ in range(30)], dtype=np.int64)
    live = [words[(lifetimes.starts <= cycle) & (cycle < lifetimes.ends)].sum() for cycle in range(70)]
    assert lifetimes.peak(words) == max(live)


# Addresses


@pytest.mark.parametrize("seed", range(30))
def test_no_two_buffers_overlap_in_time_and_address(seed: int) -> None:
    random = Random(seed)
    count = random.randint(1, 60)
    lifetimes = random_lifetimes(random, count)
    words = np.array([random.choice((1, 1, 8, 8, 8, 16, 3)) for _ in range(count)], dtype=np.int64)
    flat, peak = flat_of_sizes(words), lifetimes.peak(words)
    found = 0
    for scratch_words in (peak, peak + 4, peak + 16, 2 * peak + 40):
        addresses = allocate(flat, lifetimes, scratch_words)
        if addresses is not None:
            assert_apart(lifetimes, words, addresses, scratch_words)
            found += 1
    assert found >= 1


@pytest.mark.parametrize("size", [1, 3, 8])
def test_buffers_of_one_size_fit_exactly_in_their_peak(size: int) -> None:
    for seed in range(20):
        lifetimes = random_lifetimes(Random(seed), 40)
        words = np.full(40, size, dtype=np.int64)
        flat, peak = flat_of_sizes(words), lifetimes.peak(words)
        addresses = allocate(flat, lifetimes, peak)
        assert addresses is not None
        assert_apart(lifetimes, words, addresses, peak)
        assert allocate(flat, lifetimes, peak - 1) is None


def test_single_words_and_vectors_that_are_held_together_meet_in_the_middle() -> None:
    words = np.array([8, 1, 8, 1, 1, 8], dtype=np.int64)
    lifetimes = Lifetimes(np.array([0, 0, 1, 2, 3, 4]), np.full(6, 9))
    addresses = allocate(flat_of_sizes(words), lifetimes, 27)
    assert addresses is not None
    assert addresses.tolist() == [0, 26, 8, 25, 24, 16]


def test_a_buffer_larger_than_scratch_has_no_place() -> None:
    words = np.array([8], dtype=np.int64)
    lifetimes = Lifetimes(np.array([0]), np.array([1]))
    assert allocate(flat_of_sizes(words), lifetimes, 7) is None
    assert allocate(flat_of_sizes(words), lifetimes, 0) is None


def test_the_address_of_a_buffer_is_taken_again_from_the_cycle_after_its_last_access() -> None:
    words = np.array([4, 4], dtype=np.int64)
    again, held = Lifetimes(np.array([0, 5]), np.array([5, 9])), Lifetimes(np.array([0, 4]), np.array([5, 9]))
    taken = allocate(flat_of_sizes(words), again, 4)
    assert taken is not None
    assert taken.tolist() == [0, 0]
    assert allocate(flat_of_sizes(words), held, 4) is None


@pytest.mark.parametrize("seed", range(30))
def test_placing_the_largest_first_keeps_buffers_apart_and_finds_more(seed: int) -> None:
    random = Random(seed)
    placed = placed_largest_first = 0
    for _ in range(10):
        lifetimes = random_lifetimes(random, 30)
        words = np.array([random.choice((1, 1, 8, 8, 8, 16, 3)) for _ in range(30)], dtype=np.int64)
        flat, peak = flat_of_sizes(words), lifetimes.peak(words)
        for scratch_words in (peak - 1, peak, peak + 4):
            addresses = allocate_largest_first(flat, lifetimes, scratch_words)
            placed += allocate(flat, lifetimes, scratch_words) is not None
            placed_largest_first += addresses is not None
            if addresses is not None:
                assert scratch_words >= peak
                assert_apart(lifetimes, words, addresses, scratch_words)
    assert placed_largest_first > placed


def test_a_buffer_that_holds_many_words_for_long_is_placed_first_where_the_largest_first_finds_no_place() -> None:
    """The first of the two largest would take the bottom, and leave a word on either side of the second."""
    words = np.array([3, 3, 2, 2], dtype=np.int64)
    lifetimes = Lifetimes(np.array([0, 1, 4, 4]), np.array([4, 7, 7, 7]))
    addresses = allocate_largest_first(flat_of_sizes(words), lifetimes, 7)
    assert addresses is not None
    assert addresses.tolist() == [3, 0, 3, 5]


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_buffers_of_real_schedules_are_kept_apart(machine: Machine) -> None:
    for seed in range(5):
        prepared = random_prepared(seed, machine)
        for policy in random_policies(Random(seed), machine, 3):
            lifetimes = find_lifetimes(prepared.flat, schedule(prepared, policy, machine.scratch_words))
            addresses = allocate(prepared.flat, lifetimes, machine.scratch_words)
            assert addresses is not None
            assert_apart(lifetimes, prepared.flat.buffer_words, addresses, machine.scratch_words)
