"""What scratch holds when a program starts, as both simulators have it."""

import numpy as np
from numpy.typing import NDArray

from machine.architecture import Machine

_SEED = 20_260_102


def scratch_at_start(machine: Machine) -> NDArray[np.uint32]:
    """Zeros; words drawn at random, always the same, where the machine promises nothing."""
    if machine.scratch_starts_zero:
        return np.zeros(machine.scratch_words, dtype=np.uint32)
    return np.random.default_rng(_SEED).integers(0, 2**32, machine.scratch_words, dtype=np.uint32)
