"""Operations of a kernel in the language have the lines of its author, not those of the language."""

from machine.graph.builder import Kernel
from machine.model import load_machine
from problems.language import ArrayKernel, Size, read, written


class Shifted(ArrayKernel):
    """Each word shifted, then a bit more."""

    n = Size(16)
    x, y = read("n"), written("n")

    def kernel(self, k, n, x, y):  # type: ignore[no-untyped-def]
        for i in k.range(n):
            y[i] = more(x[i] + 2 * i << 3)  # type: ignore[no-untyped-call]


def more(word):  # type: ignore[no-untyped-def]
    return word + 5


def test_every_operation_has_lines_of_the_kernel_and_of_its_helpers() -> None:
    shape = {"n": 16}
    kernel = Kernel(load_machine("takehome"), 32)
    Shifted().build(kernel, shape, "all", {})
    first = Shifted.kernel.__code__.co_firstlineno
    sums = [each for each in kernel.graph().operations if each.name == "+"]
    assert sums
    for operation in kernel.graph().operations:
        assert {line.file for line in operation.sources} == {"test_source_lines.py"}
        assert operation.sources[-1].line in (first + 1, first + 2)
    assert {each.sources[0].line for each in sums} == {first + 2, more.__code__.co_firstlineno + 1}
