"""What operators, loops and functions of the kernel language compute, on numpy and as graphs."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from machine.errors import GraphError, UserError
from machine.model import load_machine
from machine.words import WORD_MASK
from problems.language import Array, ArrayKernel, Code, Size, Total, Value, choice, read, updated, written
from problems.problem import Shape, check_shape
from problems.suite.sum_reduction import SumReduction
from tests.problems.kernels.running import assert_executes, build, count, default_knobs

MACHINES = ("takehome", "pocket", "signal")
N = 19

OPERATORS: dict[str, tuple[Callable[[Any, Any], Any], Callable[[int, int], int]]] = {
    "+": (operator.add, operator.add),
    "-": (operator.sub, operator.sub),
    "*": (operator.mul, operator.mul),
    "//": (lambda a, b: a // (b | 1), lambda a, b: a // (b | 1)),
    "%": (lambda a, b: a % (b | 1), lambda a, b: a % (b | 1)),
    "&": (operator.and_, operator.and_),
    "|": (operator.or_, operator.or_),
    "^": (operator.xor, operator.xor),
    "<<": (lambda a, b: a << (b & 63), lambda a, b: a << (b & 63)),
    ">>": (lambda a, b: a >> (b & 63), lambda a, b: a >> (b & 63)),
    "<": (operator.lt, operator.lt),
    ">": (operator.gt, operator.gt),
    "<=": (operator.le, operator.le),
    ">=": (operator.ge, operator.ge),
    "==": (operator.eq, operator.eq),
    "!=": (operator.ne, operator.ne),
    "~": (lambda a, b: ~a ^ b, lambda a, b: ~a ^ b),
    "-a": (lambda a, b: -a + b, lambda a, b: b - a),
    "a - b * 3": (lambda a, b: a - b * 3, lambda a, b: a - b * 3),
    "a * b + a": (lambda a, b: a * b + a, lambda a, b: a * b + a),
    "numbers first": (
        lambda a, b: (7 - a) ^ (5 * b) ^ (2**32 - 1 - b),
        lambda a, b: (7 - a) ^ (5 * b) ^ (WORD_MASK - b),
    ),
}


class Operator(ArrayKernel):
    """One operator, on vectors, words and both."""

    n = Size(N)
    x, y = read("n"), read("n")
    vectors, mixed, words = written("n"), written("n"), written("n")
    compute: Callable[[Any, Any], Any]
    plain: Callable[[int, int], int]

    def kernel(self, k: Code, n: int, x: Array, y: Array, vectors: Array, mixed: Array, words: Array) -> None:
        for i in k.range(n):
            vectors[i] = self.compute(x[i], y[i])
            mixed[i] = self.compute(x[i], y[3])
        for number in range(n):
            words[number] = self.compute(x[number], y[number])

    def expected(self, x: Any, y: Any) -> Any:
        pairs = list(zip(x.tolist(), y.tolist(), strict=True))
        words = [self.plain(a, b) & WORD_MASK for a, b in pairs]
        return words, [self.plain(a, int(y[3])) & WORD_MASK for a, _ in pairs], words


def agree(problem: ArrayKernel, shape: Shape, machine: str, **knobs: int | str) -> None:
    """On numpy and as a graph the kernel does what its reference does."""
    memories = problem.inputs(check_shape(problem, shape), 12, seed=1)
    expected = problem.reference(check_shape(problem, shape), memories)
    assert (problem.on_numpy(check_shape(problem, shape), memories.copy(), knobs) == expected).all()
    assert_executes(problem, shape, build(problem, shape, knobs, load_machine(machine)), memories)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", OPERATORS)
def test_operators(name: str, machine: str) -> None:
    compute, plain = OPERATORS[name]
    problem = type("Operator", (Operator,), {"compute": staticmethod(compute), "plain": staticmethod(plain)})()
    agree(problem, {"n": N}, machine)


class Functions(ArrayKernel):
    """Selects, look-ups, totals and numbers of indices."""

    n = Size(N)
    how = choice("min", "max")
    x, places, table = read("n"), read("n", below=5), read(5)
    selected, looked_up, numbers, best = written("n"), written("n"), updated("n"), written(2)

    def kernel(
        self, k: Code, n: int, how: str, x: Array, places: Array, table: Array, selected: Array, looked_up: Array,
        numbers: Array, best: Array,
    ) -> None:  # fmt: skip
        least, mixed = k.total("min"), k.total("^")
        for i in k.range(n):
            selected[i] = k.select(x[i] & 1, k.min(x[i], 100), k.max(x[i], 100))
            looked_up[i] = table[places[i]] + k.cdiv(x[i] >> 1, 3)
            least.take(x[i])
            mixed.take(x[i])
        for i in k.range(n // 2):
            numbers[2 * i + 1] = 3 * i + numbers[2 * i + 1] + k.apply("rotl", x[i], 5, otherwise=rotate)
        best[0] = least.word
        best[1] = mixed.word

    def expected(self, x: Any, places: Any, table: Any, numbers: Any) -> Any:
        selected = np.where(x & 1, np.minimum(x, 100), np.maximum(x, 100))
        new, half = numbers.copy(), len(x) // 2
        rotated = x[:half] << 5 | x[:half] >> 27
        new[1 : 2 * half : 2] += 3 * np.arange(half, dtype=np.uint32) + rotated
        return {
            "selected": selected,
            "looked_up": table[places] + ((x >> 1) + 2) // 3,
            "numbers": new,
            "best": [x.min(), np.bitwise_xor.reduce(x)],
        }


def rotate(word: Value, distance: int) -> Value:
    return word << distance | word >> (32 - distance)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("n", [2, 16, 19, 40])
def test_functions(n: int, machine: str) -> None:
    agree(Functions(), {"n": n}, machine)


class Words(ArrayKernel):
    """Loops of Python's over an array: all its words, and each by a name."""

    n = Size(5)
    x, pair, y = read("n"), read(2), written(2)

    def kernel(self, k: Code, x: Array, pair: Array, y: Array) -> None:
        first, second = pair
        y[0] = sum(x)
        y[1] = first - second

    def expected(self, x: Any, pair: Any) -> Any:
        return [x.sum(), pair[0] - pair[1]]


@pytest.mark.parametrize("machine", MACHINES)
def test_python_goes_through_the_words_of_an_array(machine: str) -> None:
    agree(Words(), {"n": 5}, machine)


class Rows(ArrayKernel):
    """Neighbours of each word of each row."""

    rows, columns = Size(3), Size(29)
    a, b = read("rows", "columns + 2"), written("rows", "columns")

    def kernel(self, k: Code, rows: int, columns: int, a: Array, b: Array) -> None:
        for row in range(rows):
            for i in k.range(columns):
                b[row, i] = a[row, i] ^ a[row, i + 1] ^ a[row, i + 2]


@pytest.mark.parametrize("loads", ["kept", "rows", "again"])
@pytest.mark.parametrize("tail", ["overlap", "words"])
def test_words_are_loaded_as_knobs_say(loads: str, tail: str) -> None:
    agree(Rows(), {}, "takehome", **{"a.loads": loads, "loop1.tail": tail, "loop1.group": 2})
    graph = build(Rows(), {}, {"a.loads": loads, "loop1.tail": tail})
    vectors = {"overlap": 4, "words": 3}[tail]
    assert count(graph, "vload") == (9 if loads == "rows" else 3 * 3 * vectors)


def test_knobs_follow_from_loops_and_loads() -> None:
    assert set(default_knobs(Rows(), {"rows": 2, "columns": 20})) == {
        "loop1.group",
        "loop1.tail",
        "a.loads",
        "addresses",
        "constants",
    }
    assert set(default_knobs(Rows(), {"rows": 2, "columns": 8})) == {"a.loads", "addresses", "constants"}
    assert default_knobs(Rows(), {"rows": 1, "columns": 2}) == {"constants": "computed"}


@pytest.mark.parametrize(("n", "has_choice"), [(8, False), (9, False), (10, True), (16, True)])
def test_totals_are_several_where_more_than_one_vector_or_word_is_taken(n: int, has_choice: bool) -> None:
    graphs = [build(SumReduction(), {"n": n}, {"loop1.unroll": unroll}) for unroll in (1, 2)]
    assert (graphs[0] != graphs[1]) == has_choice
    assert ("loop1.unroll" in default_knobs(SumReduction(), {"n": n})) == has_choice


class Differences(ArrayKernel):
    """Totals over neighbours, of which one word alone has none."""

    n = Size(1)
    x, y = read("n"), written(7)

    def kernel(self, k: Code, n: int, x: Array, y: Array) -> None:
        totals = [k.total(each) for each in Total.OPERATORS]
        for i in k.range(n - 1):
            for total in totals:
                total.take(x[i + 1] - x[i])
        for number, total in enumerate(totals):
            y[number] = total.word

    def expected(self, x: Any) -> Any:
        steps = np.diff(x)
        functions = (np.add, np.multiply, np.bitwise_xor, np.bitwise_and, np.bitwise_or)
        of_all = [function.reduce(steps, dtype=np.uint32) for function in functions]
        return [*of_all, steps.min(initial=WORD_MASK), steps.max(initial=0)]


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("n", [1, 2, 10])
def test_a_total_over_no_indices_is_what_changes_none(n: int, machine: str) -> None:
    agree(Differences(), {"n": n}, machine)


def test_groups_are_streams_with_steps() -> None:
    problem = Rows()
    for group, streams in ((1, 9), (2, 6), (3, 3)):
        graph = build(problem, {"columns": 24}, {"loop1.group": group, "a.loads": "again"})
        assert len({operation.stream for operation in graph.operations}) == streams


def test_words_in_a_boundary_image_are_within_their_limits() -> None:
    images = Functions().inputs({"n": 9}, 40, seed=3)
    places = images[:, 9:18]
    assert places.max() == 4
    assert (images[1, :9] == 1).all()
    assert len({image.tobytes() for image in images}) == 40


def test_runs_on_arrays_need_them_to_fit() -> None:
    with pytest.raises(UserError, match="array places is missing"):
        Functions().run(x=[1, 2], table=range(5))
    with pytest.raises(UserError, match="there is no size or array 'xs'"):
        Functions().run(xs=[1, 2])
    with pytest.raises(UserError, match="array places has length 3 where size n is 2"):
        Functions().run(x=[1, 2], places=[0, 1, 2], table=range(5))
    with pytest.raises(UserError, match="table is of type float64"):
        Functions().run(x=[1, 2], places=[0, 1], table=[0.5] * 5)


def test_a_run_whose_size_follows_from_no_length_says_which_to_give() -> None:
    class Between(ArrayKernel):
        """The spaces between posts."""

        n = Size(4)
        posts, spaces = read("n + 1"), written("n")

        def kernel(self, k: Code, n: int, posts: Array, spaces: Array) -> None:
            for i in k.range(n):
                spaces[i] = posts[i + 1] - posts[i]

    assert Between().run(posts=[1, 4, 9], n=2)["spaces"].tolist() == [3, 5]
    with pytest.raises(UserError, match=r"right: +5 integers; n is 4 unless run\(n=\.\.\.\) says otherwise"):
        Between().run(posts=[1, 4, 9])


class Whole(ArrayKernel):
    """Whole vectors alone."""

    n = Size(16, whole=True)
    x = updated("n")

    def kernel(self, k: Code, n: int, x: Array) -> None:
        for i in k.range(n):
            x[i] += 1


def test_sizes_may_have_to_be_multiples_of_lanes() -> None:
    agree(Whole(), {"n": 24}, "takehome")
    with pytest.raises(UserError, match="n=20 is no multiple of the 8 lanes of takehome"):
        build(Whole(), {"n": 20})


class Sometimes(ArrayKernel):
    """Whether a loop loads what it stores is a matter of a choice."""

    n = Size(19)
    how = choice("apart", "in place")
    x, y = updated("n"), updated("n")

    def kernel(self, k: Code, n: int, how: str, x: Array, y: Array) -> None:
        for i in k.range(n):
            y[i] = x[i] + (1 if how == "apart" else y[i])


def test_no_index_is_computed_twice_where_that_matters() -> None:
    agree(Sometimes(), {}, "takehome", **{"loop1.tail": "overlap"})
    with pytest.raises(GraphError, match=r"loop1\.tail=overlap computes indices twice"):
        build(Sometimes(), {}, {"how": "in place", "loop1.tail": "overlap"})


def test_addresses_may_be_sums_of_those_before() -> None:
    problem = Whole()
    for addresses, ways in (("sums", 3), ("loaded", 2)):
        graph = build(problem, {"n": 64}, {"addresses": addresses})
        constants = [operation for operation in graph.operations if operation.name == "constant"]
        assert max(len(operation.implementations) for operation in constants) == ways
        agree(problem, {"n": 64}, "takehome", addresses=addresses)
    assert "addresses" not in default_knobs(problem, {"n": 16})
