"""The ``fir`` problem: a finite impulse response filter."""

import numpy as np

from machine.graph.builder import Kernel
from problems.kernels.arrays import ArrayProblem
from problems.kernels.vectors import broadcasts, covering, load_words, store_words, sum_of_products
from problems.knobs import KnobSettings
from problems.problem import Memories, Shape, ShapeParameter


class Fir(ArrayProblem):
    """``y[i] = sum of h[k] x[i + taps - 1 - k]``.

    Memory holds the taps ``h``, the signal ``x`` of n + taps - 1 words, the oldest first, then the n outputs ``y``.
    """

    name = "fir"
    summary = "a finite impulse response filter"
    parameters = (
        ShapeParameter("taps", 1, 32, 4, "taps of the filter"),
        ShapeParameter("n", 1, 256, 32, "outputs"),
    )

    def input_words(self, shape: Shape) -> int:
        return 2 * shape["taps"] + shape["n"] - 1

    def output_words(self, shape: Shape) -> int:
        return shape["n"]

    def compute(self, shape: Shape, words: Memories) -> Memories:
        taps = shape["taps"]
        windows = np.lib.stride_tricks.sliding_window_view(words[:, taps:], taps, axis=1)
        total: Memories = (windows * words[:, np.newaxis, taps - 1 :: -1]).sum(axis=2, dtype=words.dtype)
        return total

    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        taps, n, length = shape["taps"], shape["n"], kernel.machine.vector_length
        read = self.input_words(shape)
        filters = broadcasts(kernel, "tap", load_words(kernel, "taps", range(taps)), taps)
        signal = load_words(kernel, "signal", range(taps, read), room=taps - 1 + length)
        for stream, part in enumerate(covering(range(n), length)):
            with kernel.at(stream):
                windows = [signal[part.start + taps - 1 - tap] for tap in range(taps)]
                total = sum_of_products(kernel, "output", list(zip(windows, filters, strict=True)))
                store_words(kernel, range(read + part.start, read + part.stop), total)
