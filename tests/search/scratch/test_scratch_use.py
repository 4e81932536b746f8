"""Scratch used is never less than what is live at the peak, nor more than there is."""

import pytest

from machine.model import Machine
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy
from search.scratch.scratch_use import scratch_use
from tests.search.cases import machines, random_prepared


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_words_used_lie_between_those_live_and_those_there_are(machine: Machine) -> None:
    for seed in range(10):
        prepared = random_prepared(seed, machine)
        use = scratch_use(prepared.flat, decide(prepared, default_policy(machine)))
        assert use.live <= use.used <= min(machine.scratch_words, int(prepared.flat.buffer_words.sum()))
