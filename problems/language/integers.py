"""What counts as an integer in a kernel."""

import numpy as np


def is_integer(value: object) -> bool:
    """Whether it is an integer of Python's or numpy's, and no truth value."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
