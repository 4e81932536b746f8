"""What ``slotsmith new`` writes: a kernel that does something, with its test."""

from string import Template

KERNEL = Template('''\
"""What this kernel computes, and where it comes from: a paper, a standard, a library."""

from slotsmith import ArrayKernel, Size, read, written


class $class_name(ArrayKernel):
    """Each word times a factor, at most a limit."""

    # Sizes are the numbers of a shape, with their defaults: `--shape n=100` gives others.
    n = Size(64)

    # Arrays in memory: read(...), written(...) or updated(...), with their lengths; read(1) is a single word.
    # Inputs are made from this: boundary values first, then random words.
    x, factor, limit, y = read("n"), read(1), read(1), written("n")

    # Words have 32 bits and no sign, and wrap. All operations: docs/language.md.
    def kernel(self, k, n, x, factor, limit, y):
        """What is computed: k has loops and functions, then come sizes and arrays by name."""
        # The indices of k.range are independent of each other: lanes compute them together.
        for i in k.range(n):
            y[i] = k.min(factor[0] * x[i], limit[0])

    def expected(self, x, factor, limit):
        """The reference, on numpy arrays of uint32: what the kernel is compared with."""
        return (factor[0] * x).clip(max=limit[0])
''')

TEST = Template('''\
"""$class_name computes what it should, on machines with 8 and with 4 lanes."""

from pathlib import Path

import pytest
import slotsmith

KERNEL = f"{Path(__file__).with_name('$name.py')}:$class_name"


def test_it_computes_what_one_can_work_out_by_hand():
    """The kernel on numpy arrays, without any search."""
    kernel = slotsmith.load_problem(KERNEL)
    found = kernel.run(x=[1, 2, 3], factor=[10], limit=[25])
    assert found["y"].tolist() == [10, 20, 25]


@pytest.mark.parametrize("machine", ["takehome", "pocket"])
@pytest.mark.parametrize("shape", ["n=1", "n=8", "n=19"])
def test_it_agrees_with_its_reference(shape, machine):
    """Its graphs do what `expected` does, whatever the knobs; n = 19 is no whole number of vectors."""
    slotsmith.check(KERNEL, shape, machine=machine)


def test_a_search_finds_a_program():
    """A short search; the program is validated on boundary and random inputs."""
    found = slotsmith.search(KERNEL, "n=19", schedules=8, inputs=64)
    assert found.bound.cycles <= found.cycles
''')
