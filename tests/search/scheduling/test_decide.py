"""From a graph and a policy to a decision, with repairs where colouring fails."""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from machine.graph.builder import Kernel
from machine.graph.operation import Operand
from machine.legality import check_decision
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.errors import AllocationError, ScheduleStuckError, ScratchExceededError
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy
from search.scratch.allocation import allocate
from search.scratch.lifetimes import find_lifetimes
from search.tasks.candidate import make_candidate
from tests.search.cases import (
    TAKEHOME,
    assert_computes,
    has_lanes_that_must_share_a_bundle,
    machines,
    needed_words,
    random_policies,
    random_prepared,
    with_scratch,
)
from tests.search.small_kernels import divided_scratch


def outcomes(prepared: PreparedGraph, random: Random) -> Iterator[str]:
    """Three policies decided upon: a legal decision whose program computes what the graph does, or a named error."""
    for policy in random_policies(random, prepared.machine, 3):
        try:
            decision = decide(prepared, policy)
        except AllocationError:
            yield "refused"
            continue
        except ScheduleStuckError:
            assert has_lanes_that_must_share_a_bundle(prepared)
            continue
        candidate = make_candidate(prepared, decision)
        assert check_decision(prepared.graph, decision, candidate.program) == []
        assert_computes(prepared, decision, candidate.program, random)
        assert candidate.cycles == decision.schedule.length
        yield "decided"


def test_decisions_in_little_scratch_are_legal_or_a_named_error() -> None:
    counts: Counter[str] = Counter()
    for seed in range(60, 90):
        machine = machines()[seed % len(machines())]
        random, roomy = Random(seed), random_prepared(seed, machine)
        prepared = with_scratch(roomy, needed_words(roomy) + random.randint(0, 60))
        counts.update(outcomes(prepared, random))
    assert counts["decided"] > 60
    assert counts["refused"] < counts["decided"] / 4


def fragmenting() -> Kernel:
    """Buffers of 2 words held between single ones of 3: the words are enough, the places are not, unless in order."""
    kernel = Kernel(TAKEHOME, 0)
    zero = kernel.buffer("zero", 1, zero=True)[0]
    for number in range(12):
        words = 3 if number % 2 else 2
        buffer = kernel.buffer(f"b{number}", words)
        kernel.scalar_binary("+", buffer[0], zero, zero)
        kernel.scalar_binary("*", zero, buffer[0], buffer[0])
    return kernel


def test_a_schedule_whose_buffers_find_no_addresses_is_made_again_in_less_scratch() -> None:
    prepared = with_scratch(prepare(fragmenting().graph()), 4)
    assert needed_words(prepared) == 4
    assert decide(prepared, default_policy(TAKEHOME)).schedule.length > 0


def test_a_graph_that_does_not_fit_in_its_own_order_is_decided_in_another() -> None:
    """And the legality checker, which knows nothing of that order, finds nothing wrong."""
    counts: Counter[str] = Counter()
    for seed in range(90, 130):
        machine = machines()[seed % len(machines())]
        random, roomy = Random(seed), random_prepared(seed, machine)
        least = min(needed_words(form.prepared) for form in roomy.forms())
        if least == needed_words(roomy):
            continue
        prepared = with_scratch(roomy, random.randrange(least, needed_words(roomy)))
        counts.update(outcomes(prepared, random))
    assert counts["decided"] > 40
    assert counts["refused"] < counts["decided"] / 6


def test_a_schedule_that_colouring_cannot_place_is_placed_from_its_largest_buffer() -> None:
    """In the one schedule there is, 2 and 3 words are free on both sides of a lasting buffer, and none for one of 4."""
    prepared = with_scratch(prepare(divided_scratch().graph()), 7)
    decision = decide(prepared, default_policy(TAKEHOME))
    assert allocate(prepared.flat, find_lifetimes(prepared.flat, decision.schedule), 7) is None
    assert check_decision(prepared.graph, decision, make_candidate(prepared, decision).program) == []


def chain_of_lives(events: str) -> Kernel:
    """Operations one after the other: ``a3`` opens a buffer of 3 words, ``-a`` is its last use; a total lasts."""
    kernel = Kernel(TAKEHOME, 0)
    total = latest = kernel.buffer("total", 1, zero=True)[0]
    words: dict[str, Operand] = {}
    for event in events.split():
        if event.startswith("-"):
            kernel.scalar_binary("+", total, words[event[1]], latest)
            latest = total
        else:
            words[event[0]] = kernel.buffer(event[0], int(event[1]))[0]
            kernel.scalar_binary("+", words[event[0]], latest, latest)
            latest = words[event[0]]
    return kernel


def test_buffers_that_never_find_addresses_are_an_error_with_a_name() -> None:
    """Never more than 5 words are live beside the total, yet no addresses keep the buffers apart in 5 words.

    ``b`` and ``g``, of 3 words, push ``a`` and ``f`` to an end.  Beside ``c`` and ``d`` only a word that was ``a``'s is
    free for ``e``, and then no two at an end are free for ``f``.
    """
    kernel = chain_of_lives("a2 b3 -b c2 d1 -a e1 -d f2 -c -e g3 -f -g")
    prepared = with_scratch(prepare(kernel.graph()), 6)
    with pytest.raises(AllocationError, match="no addresses were found in 6 words for 1 schedules"):
        decide(prepared, default_policy(TAKEHOME))
    assert decide(with_scratch(prepared, 7), default_policy(TAKEHOME)).schedule.length == 14


def test_a_graph_that_does_not_fit_is_an_error_with_a_name() -> None:
    prepared = random_prepared(0)
    least = min(needed_words(form.prepared) for form in prepared.forms())
    with pytest.raises(ScratchExceededError):
        decide(with_scratch(prepared, least - 1), default_policy(TAKEHOME))


def test_the_same_policy_decides_the_same() -> None:
    prepared = random_prepared(5)
    first, second = (make_candidate(prepared, decide(prepared, default_policy(TAKEHOME))) for _ in range(2))
    assert first.program.digest == second.program.digest
