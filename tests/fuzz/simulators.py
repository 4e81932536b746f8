"""The interpreter and the batch simulator on random programs, errors included."""

from collections import Counter
from random import Random

from tests.fuzz.target import Result, Tally
from tests.generators import random_case
from tests.machine.test_agreement import assert_agreement, interpreted


def simulators(random: Random) -> Tally:
    """Both give the same, be it memory, cycles or an error."""
    case = random_case(random.randrange(1 << 30))
    expected = interpreted(case)
    assert_agreement(case, expected)
    return Counter(("programs that end in errors" if one.fault else "programs", Result.TRIED) for one in expected)
