"""What kernels are made of; that they compute the right thing is tested in ``test_execution``."""

import pytest

from machine.graph.operation import Graph
from problems.kernels.bitonic_sort import BitonicSort
from problems.kernels.dot_product import DotProduct
from problems.kernels.fir import Fir
from problems.kernels.hash_vectors import HashVectors
from problems.kernels.matrix_product import MatrixProduct
from problems.kernels.polynomial import Polynomial
from problems.kernels.prefix_sum import PrefixSum
from problems.kernels.table_lookup import TableLookup
from tests.problems.kernels.running import TAKEHOME, build, count, default_knobs


def streams(graph: Graph) -> int:
    return len({operation.stream for operation in graph.operations})


@pytest.mark.parametrize("sums", [1, 2, 3, 8])
def test_a_dot_product_has_so_many_partial_sums(sums: int) -> None:
    graph = build(DotProduct(), {"n": 64}, {"sums": sums})
    assert count(graph, "*") == streams(graph) == sums
    assert count(graph, "multiply_add") == 8 - sums
    assert count(graph, "+") == sums - 1 + 7


def test_a_filter_loads_its_signal_once() -> None:
    graph = build(Fir(), {"taps": 4, "n": 32})
    assert count(graph, "vload") == 5
    assert count(graph, "*", "multiply_add") == 16


@pytest.mark.parametrize(("n", "products", "broadcasts"), [(4, 8, 16), (8, 64, 64), (16, 512, 256)])
def test_matrix_products_fill_their_vectors(n: int, products: int, broadcasts: int) -> None:
    graph = build(MatrixProduct(), {"n": n})
    assert count(graph, "*", "multiply_add") == products
    assert count(graph, "broadcast") == broadcasts
    assert count(graph, "load", "store") == 0


def test_short_rows_are_repeated_by_loading_them_again() -> None:
    assert count(build(MatrixProduct(), {"n": 4}), "vload") == 2 + 4 * 2
    assert count(build(MatrixProduct(), {"n": 8}), "vload") == 8 + 8


@pytest.mark.parametrize(("n", "doubling", "blocks"), [(16, 2 + 2 + 2 + 1, 6 + 1), (32, 12 + 3 + 2, 12 + 3 + 2)])
def test_methods_of_prefix_sum(n: int, doubling: int, blocks: int) -> None:
    assert count(build(PrefixSum(), {"n": n}, {"method": "doubling"}), "+") == doubling
    assert count(build(PrefixSum(), {"n": n}, {"method": "blocks"}), "+") == blocks


def test_a_knob_is_declared_where_there_is_a_choice() -> None:
    assert default_knobs(PrefixSum(), {"n": 8}) == {}
    assert default_knobs(PrefixSum(), {"n": 9}) == {"method": "blocks"}
    assert default_knobs(BitonicSort(), {"n": 1}) == {}
    assert default_knobs(BitonicSort(), {"n": 8}, TAKEHOME.variant("one lane", vector_length=1)) == {}
    assert default_knobs(DotProduct(), {"n": 20}) == {"sums": 1}


def test_stages_within_a_vector_cost_six_operations_a_vector_and_others_five_for_two() -> None:
    exchange = ("<", "-", "==", "*", "select")
    assert count(build(BitonicSort(), {"n": 16}), *exchange) == 9 * 2 * 6 + 5
    assert count(build(BitonicSort(), {"n": 16}, {"exchange": "select"}), *exchange) == 9 * 2 * 4 + 5


def test_an_exchange_selects_on_flow_or_multiplies() -> None:
    graph = build(BitonicSort(), {"n": 16})
    selects = [operation for operation in graph.operations if operation.name == "select"]
    assert {tuple(one.name for one in select.implementations) for select in selects} == {("flow", "multiply_add")}
    assert all(select.implementations[1].booleans for select in selects)


def test_horner_and_estrin() -> None:
    horner, estrin = (build(Polynomial(), {"degree": 7, "n": 8}, {"scheme": s}) for s in ("horner", "estrin"))
    assert (count(horner, "multiply_add"), count(horner, "*")) == (7, 0)
    assert (count(estrin, "multiply_add"), count(estrin, "*")) == (7, 2)


def test_a_look_up_is_an_addition_and_a_gather() -> None:
    graph = build(TableLookup(), {"table": 9, "n": 20})
    assert (count(graph, "+"), count(graph, "gather"), streams(graph)) == (3, 3, 3)


def test_a_hash_is_eleven_operations() -> None:
    graph = build(HashVectors(), {"vectors": 2})
    assert count(graph, "multiply_add", "^", ">>") == 2 * 11
