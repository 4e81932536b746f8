"""The law of overwriting; ``test_flat.py`` runs two slots at every distance, and so shows that it is the machine's."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from machine.compiling import compiled
from machine.graph import overwriting
from machine.graph.overwriting import (
    distance_after_read,
    distance_after_write,
    landing_after_landing,
    least_distance_after_write,
)

LATENCIES = np.array(list(product(range(1, 7), repeat=2)), dtype=np.int64)


def test_a_write_lands_after_every_read_of_the_old_value() -> None:
    for latency in range(1, 7):
        assert distance_after_read(latency) + latency == overwriting.LANDING_AFTER_READ


def test_of_two_writes_that_land_together_the_one_that_issues_later_or_stands_later_in_its_bundle_stays() -> None:
    for first, second in LATENCIES.tolist():
        issue = least_distance_after_write(first, second)
        landings_apart = issue + second - first
        assert landings_apart == landing_after_landing(first, second)
        assert landings_apart >= 0
        assert landings_apart > 0 or issue >= 0


def test_schedulers_keep_writes_in_order_and_share_a_bundle_only_within_an_engine() -> None:
    for first, second in LATENCIES.tolist():
        law = least_distance_after_write(first, second)
        assert distance_after_write(first, second, 2, 2) == max(law, 0)
        assert distance_after_write(first, second, 2, 3) == max(law, 1)


def called_from_compiled_code(first: int, second: int, engine: int, later_engine: int) -> tuple[int, int, int, int]:
    return (
        distance_after_read(second),
        landing_after_landing(first, second),
        least_distance_after_write(first, second),
        distance_after_write(first, second, engine, later_engine),
    )


@pytest.mark.parametrize("engine", [0, 1])
def test_numbers_arrays_and_compiled_code_agree(engine: int) -> None:
    function: Callable[..., Any] = called_from_compiled_code
    first, second = LATENCIES[:, 0], LATENCIES[:, 1]
    columns = function(first, second, np.full_like(first, engine), np.ones_like(first))
    for row, (a, b) in enumerate(LATENCIES.tolist()):
        expected = called_from_compiled_code(a, b, engine, 1)
        assert tuple(int(column[row]) for column in columns) == expected
        assert compiled(called_from_compiled_code)(a, b, engine, 1) == expected
