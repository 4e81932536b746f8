"""The collector pauses for a block, and goes on after it as before, whatever happens in the block."""

import gc

import pytest

from search.processes.garbage import collector_paused


@pytest.mark.parametrize("was_enabled", [True, False])
def test_the_collector_pauses_in_the_block_and_is_as_before_after_it(was_enabled: bool) -> None:
    enabled = gc.isenabled()
    (gc.enable if was_enabled else gc.disable)()
    try:
        with pytest.raises(KeyError), collector_paused():
            assert not gc.isenabled()
            raise KeyError
        assert gc.isenabled() is was_enabled
    finally:
        (gc.enable if enabled else gc.disable)()
