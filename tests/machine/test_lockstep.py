"""The compiled core; what it computes is tested through ``simulate``."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine import lockstep
from machine.decoded import ARITHMETIC_CODES
from machine.opcodes import ARITHMETIC, DIVISIONS

words = st.integers(0, 2**32 - 1) | st.sampled_from((0, 1, 31, 32, 33, 2**31, 2**32 - 1))


@pytest.mark.parametrize("name", ARITHMETIC)
@given(pairs=st.lists(st.tuples(words, words), min_size=1, max_size=20))
def test_compiled_arithmetic_equals_the_table(name: str, pairs: list[tuple[int, int]]) -> None:
    if name in DIVISIONS:
        pairs = [(a, max(b, 1)) for a, b in pairs]
    x, y = (np.array(column, dtype=np.uint32) for column in zip(*pairs, strict=True))
    out = np.empty_like(x)
    lockstep._arithmetic(ARITHMETIC_CODES[name], out, x, y)
    assert out.tolist() == [ARITHMETIC[name](a, b) for a, b in pairs]
