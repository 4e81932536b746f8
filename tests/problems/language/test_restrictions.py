"""Which names restrictions may have; what is said of others is among the mistakes."""

import pytest

from machine.errors import KernelError
from problems.language.restrictions import OF_SEARCHES, require_restrictions
from search.tasks.rewriting_knob import REWRITE


@pytest.mark.parametrize(
    "text", ["n % lanes == 0", "loop12.group <= 2", "x.loads == 'kept'", f"{REWRITE} == 'off' or products == 'apart'"]
)
def test_sizes_lanes_and_knobs_may_be_named(text: str) -> None:
    require_restrictions((text,), {"n", "lanes", "products"}, {"x"}, None)


@pytest.mark.parametrize("text", ["m == 1", "loop.group <= 2", "y.loads == 'kept'"])
def test_others_would_say_nothing_and_are_refused(text: str) -> None:
    with pytest.raises(KernelError, match="which this kernel does not have"):
        require_restrictions((text,), {"n", "lanes", "products"}, {"x"}, None)


def test_the_knob_that_searches_add_is_known() -> None:
    assert {REWRITE} == OF_SEARCHES
