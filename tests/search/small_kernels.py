"""Small kernels on which list scheduling or allocation comes to nothing."""

from machine.graph.builder import Kernel
from machine.graph.operation import Implementation, Operand
from tests.search.cases import TAKEHOME


def swapped_words() -> Kernel:
    """Two lanes of one operation, each of which reads the word that the other writes: they must share a bundle."""
    kernel = Kernel(TAKEHOME, 0)
    pair, zero = kernel.buffer("pair", 2, zero=True), kernel.buffer("zero", 1, zero=True)
    lanes = kernel.run("alu", "+", (Operand(pair.number, 0, 1), Operand(pair.number, 1, -1), zero[0]), 2)
    kernel.operation("swap", [Implementation("alu", (lanes,))])
    return kernel


def shifted_vector() -> Kernel:
    """A valu slot, or alu lanes that must share a bundle: each reads what its neighbours write."""
    kernel = Kernel(TAKEHOME, 0)
    words = kernel.buffer("words", TAKEHOME.vector_length + 2, zero=True)
    kernel.binary("+", words[1], words[0], words[2])
    return kernel


def divided_scratch() -> Kernel:
    """In 7 words there are 2 and 3 free on both sides of a lasting buffer, and none for one of 4."""
    kernel = Kernel(TAKEHOME, 0)
    zero = kernel.buffer("zero", 1, zero=True)[0]
    first, lasting, last = kernel.buffer("first", 2), kernel.buffer("lasting", 2), kernel.buffer("last", 4)
    kernel.scalar_binary("+", first[0], zero, zero)
    kernel.scalar_binary("+", lasting[0], first[0], first[0])
    kernel.scalar_binary("+", lasting[1], lasting[0], first[0])
    kernel.scalar_binary("+", last[0], lasting[1], lasting[0])
    kernel.scalar_binary("+", last[1], lasting[0], last[0])
    return kernel
