"""Functions of words: what they compute on numpy and as graphs, with the machine's own opcodes where it has them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from machine.errors import KernelError
from machine.model import Machine, load_machine, machine_from_data, machine_to_data
from machine.words import FUNCTIONS
from problems.language import Array, ArrayKernel, Code, Size, fixed, read, written
from problems.problem import check_shape
from tests.problems.kernels.running import assert_executes, build, count, default_knobs

N = 11
BINARY = ("min", "max", "smin", "smax", "slt", "mulhu", "mulhs")
UNARY = ("abs", "bswap")
BY_NUMBER = {
    "rotl": (0, 1, 13, 31, 32, 40),
    "rotr": (0, 7, 31),
    "sra": (0, 1, 15, 31, 40),
}
CASES: dict[str, tuple[Callable[[Code, Any, Any], Any], Callable[[int, int], int]]] = {
    **{
        name: (lambda k, a, b, name=name: getattr(k, name)(a, b), FUNCTIONS[name].compute)  # type: ignore[misc]
        for name in BINARY
    },
    **{
        name: (
            lambda k, a, b, name=name: getattr(k, name)(a) ^ b,  # type: ignore[misc]
            lambda a, b, name=name: FUNCTIONS[name].compute(a) ^ b,  # type: ignore[misc]
        )
        for name in UNARY
    },
    **{
        f"{name} {bits}": (
            lambda k, a, b, name=name, bits=bits: getattr(k, name)(a ^ b, bits),  # type: ignore[misc]
            lambda a, b, name=name, bits=bits: FUNCTIONS[name].compute(a ^ b, bits),  # type: ignore[misc]
        )
        for name, distances in BY_NUMBER.items()
        for bits in distances
    },
    **{
        f"byte {number}": (
            lambda k, a, b, number=number: k.byte(a, number) + b,  # type: ignore[misc]
            lambda a, b, number=number: (a >> 8 * number) % 256 + b & 0xFFFF_FFFF,  # type: ignore[misc]
        )
        for number in range(4)
    },
    **{
        f"funnel {bits}": (
            lambda k, a, b, bits=bits: k.funnel(a, b, bits) + b,  # type: ignore[misc]
            lambda a, b, bits=bits: ((a << 32 | b) << bits >> 32) + b,  # type: ignore[misc]
        )
        for bits in (0, 5, 31, 32)
    },
    "carry": (lambda k, a, b: k.carry(a, b), lambda a, b: a + b >> 32),
    "slt 0": (lambda k, a, b: k.slt(a, 0) ^ b, lambda a, b: a >> 31 ^ b),
    "smax with a number": (lambda k, a, b: k.smax(a, -5) ^ b, lambda a, b: FUNCTIONS["smax"].compute(a, 2**32 - 5) ^ b),
    "mulhu by a number": (lambda k, a, b: k.mulhu(a, 0x12345678) ^ b, lambda a, b: a * 0x12345678 >> 32 ^ b),
    "order": (lambda k, a, b: 3 * k.order(a, b)[0] + k.order(a, b)[1], lambda a, b: 3 * min(a, b) + max(a, b)),
    "select by a flag": (lambda k, a, b: k.select(a & 1, a, b), lambda a, b: a if a & 1 else b),
    "select by a word": (lambda k, a, b: k.select(a & 6, a, b), lambda a, b: a if a & 6 else b),
    "select by two flags": (
        lambda k, a, b: k.select((a < b) | (b == 0), 7, b),
        lambda a, b: 7 if a < b or not b else b,
    ),
}


class Function(ArrayKernel):
    """One function, on vectors, words and both."""

    n = Size(N)
    x, y = read("n"), read("n")
    vectors, mixed, words = written("n"), written("n"), written("n")
    compute: Callable[[Code, Any, Any], Any]
    plain: Callable[[int, int], int]

    def kernel(self, k: Code, n: int, x: Array, y: Array, vectors: Array, mixed: Array, words: Array) -> None:
        for i in k.range(n):
            vectors[i] = self.compute(k, x[i], y[i])
            mixed[i] = self.compute(k, x[i], y[3])
        for number in range(n):
            words[number] = self.compute(k, x[number], y[number])

    def expected(self, x: Any, y: Any) -> Any:
        pairs = list(zip(x.tolist(), y.tolist(), strict=True))
        words = [self.plain(a, b) & 0xFFFF_FFFF for a, b in pairs]
        return words, [self.plain(a, int(y[3])) & 0xFFFF_FFFF for a, _ in pairs], words


def function(name: str) -> ArrayKernel:
    compute, plain = CASES[name]
    problem = type("Function", (Function,), {"compute": staticmethod(compute), "plain": staticmethod(plain)})()
    assert isinstance(problem, ArrayKernel)
    return problem


@pytest.mark.parametrize("name", CASES)
def test_functions_of_words(name: str) -> None:
    problem = function(name)
    memories = problem.inputs({"n": N}, 16, seed=5)
    expected = problem.reference({"n": N}, memories)
    assert (problem.on_numpy({"n": N}, memories.copy(), {}) == expected).all()
    for machine in ("takehome", "pocket", "signal"):
        model = load_machine(machine)
        assert_executes(problem, {"n": N}, build(problem, {"n": N}, machine=model), memories)
    if "choices" in default_knobs(problem, {"n": N}):
        for choices in (1, 2, 4):
            assert_executes(problem, {"n": N}, build(problem, {"n": N}, {"choices": choices}), memories[:8])


class Rotate(ArrayKernel):
    """Words rotated and compared."""

    n = Size(16, whole=True)
    x, y = read("n"), written("n")

    def kernel(self, k: Code, n: int, x: Array, y: Array) -> None:
        for i in k.range(n):
            y[i] = k.min(k.rotl(x[i], 7), x[i])


def renamed(operands: list[str], result: str) -> Machine:
    """The take-home's machine with an opcode of another name for vectors."""
    data = machine_to_data(load_machine("takehome"))
    data["name"] = "renamed"
    data["engines"]["valu"]["opcodes"] = [*data["engines"]["valu"]["opcodes"], "turn"]
    data["opcodes"] = {"turn": {"operands": operands, "result": result}}
    return machine_from_data(data, "renamed")


def test_opcodes_are_found_by_what_they_compute() -> None:
    usual = build(Rotate(), {}, {"choices": 0})
    assert count(usual, "multiply_add", ">>") == 4
    for operands in (["p", "q: number"], ["p", "q"], ["p", "q: word"]):
        graph = build(Rotate(), {}, {"choices": 0}, renamed(operands, "rotl(p, q)"))
        assert (count(graph, "turn"), count(graph, "multiply_add", ">>")) == (2, 0)
        assert_executes(Rotate(), {}, graph, Rotate().inputs({"n": 16}, 8, seed=1))
    other_order = build(Rotate(), {}, machine=renamed(["p", "q"], "rotl(q, p)"))
    assert count(other_order, "turn") == 0
    signal = build(Rotate(), {}, machine=load_machine("signal"))
    assert (count(signal, "rotl_n", "min"), count(signal, "<", "select", ">>")) == (2, 0)


def test_choices_become_products_as_the_knob_says() -> None:
    class Sorted(ArrayKernel):
        """Pairs in order."""

        n = Size(16, whole=True)
        x, low, high = read(2, "n"), written("n"), written("n")

        def kernel(self, k: Code, n: int, x: Array, low: Array, high: Array) -> None:
            for i in k.range(n):
                low[i], high[i] = k.order(x[0, i], x[1, i])

    for choices, selects in ((0, 4), (1, 3), (2, 2), (3, 1), (4, 0)):
        graph = build(Sorted(), {}, {"choices": choices})
        assert (count(graph, "select"), count(graph, "multiply_add"), count(graph, "<")) == (selects, 4 - selects, 2)


class Chosen(ArrayKernel):
    """Choices between numbers, and of a word or 0, by a flag and by any word."""

    n = Size(16, whole=True)
    x, y = read("n", below=4), written(4, "n")

    def kernel(self, k: Code, n: int, x: Array, y: Array) -> None:
        for i in k.range(n):
            y[0, i], y[1, i] = k.select(x[i] < 2, 1, 0), k.select(x[i] == 0, 1, 0)
            y[2, i], y[3, i] = k.select(x[i] == 1, 3, 7), k.select(x[i] == 2, x[i], 0) + 5

    def expected(self, x: Any) -> Any:
        return np.stack([x < 2, x == 0, np.where(x == 1, 3, 7), np.where(x == 2, x, 0) + 5])


@pytest.mark.parametrize(("choices", "selects", "fused"), [(0, 2, 0), (4, 0, 2)])
def test_numbers_make_choices_cheaper(choices: int, selects: int, fused: int) -> None:
    """1 or 0 is the flag itself; the difference of two numbers is one; a word or 0 is a product, fused with a sum."""
    problem, shape = Chosen(), check_shape(Chosen(), {})
    graph = build(problem, shape, {"choices": choices})
    assert (count(graph, "select"), count(graph, "multiply_add")) == (2 * selects, 2 * fused)
    assert (count(graph, "<", "=="), count(graph, "-", "*")) == (8, 0)
    assert_executes(problem, shape, graph, problem.inputs(shape, 8, seed=1))


class Declared(ArrayKernel):
    """Signed words, and a table that is always the same."""

    n = Size(9)
    table = fixed([[5, -1], [7, 2**31]])
    x, y = read("n", least=-3, below=4), written("n")

    def kernel(self, k: Code, n: int, table: Array, x: Array, y: Array) -> None:
        for i in k.range(n):
            y[i] = table[x[i] & 1, 1] + table[0, 0] * x[i]

    def expected(self, table: Any, x: Any) -> Any:
        return table[x & 1, 1] + table[0, 0] * x


def test_fixed_and_signed_words() -> None:
    problem, shape = Declared(), check_shape(Declared(), {})
    images = problem.inputs(shape, 200, seed=1)
    assert (images[:, :4] == [5, 2**32 - 1, 7, 2**31]).all()
    assert set(images[:, 4:13].view(np.int32).flat) == set(range(-3, 4))
    assert images[:5, 4].view(np.int32).tolist() == [-3, -1, 0, 1, 3]
    assert_executes(problem, shape, build(problem, shape), images[:8])
    assert problem.run(x=[0, 1])["y"].tolist() == [2**32 - 1, 2**31 + 5]


def test_mistakes_in_functions_are_named() -> None:
    def wrong(compute: Callable[[Code, Any, Any], Any]) -> str:
        problem = type("Wrong", (Function,), {"compute": staticmethod(compute)})()
        with pytest.raises(KernelError) as found:
            build(problem, {})
        return str(found.value)

    assert "rotl by a vector for indices 0..10" in wrong(lambda k, a, b: k.rotl(a, b))
    assert "there is no byte 4" in wrong(lambda k, a, b: k.byte(a, 4))
    assert "sra by 1.5 (float)" in wrong(lambda k, a, b: k.sra(a, 1.5))
    with pytest.raises(KernelError, match="fixed takes integers"):
        fixed([0.5])
    declared = type("Wide", (Declared,), {"x": read("n", least=-1, below=2**31 + 1)})()
    with pytest.raises(KernelError, match="array x has words from -1 to 2147483648"):
        declared.memory_words({"n": 2})


class Halves(ArrayKernel):
    """Even and odd words of one array, changed in one loop."""

    n = Size(9)
    x, y = read("n"), written("2 * n")

    def kernel(self, k: Code, n: int, x: Array, y: Array) -> None:
        for i in k.range(n):
            y[2 * i] = x[i]
            y[2 * i + 1] = ~y[2 * i]


def test_every_second_word_does_not_meet_the_others() -> None:
    problem = Halves()
    assert problem.run(x=[1, 2])["y"].tolist() == [1, 2**32 - 2, 2, 2**32 - 3]
    assert_executes(problem, {}, build(problem, {}), problem.inputs({"n": 9}, 6, seed=1))
