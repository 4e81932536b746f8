"""Opcodes of a machine's own: graphs that have them are rewritten, and plain graphs come to use them."""

from random import Random

import pytest

from machine.errors import UserError
from machine.graph.builder import Kernel
from machine.graph.execute import execute
from machine.graph.operation import Buffer, Graph, MemoryRange
from machine.model import Machine, load_machine, machine_from_data
from rewriting.aim import AIMS
from rewriting.discovery import discover
from rewriting.enumeration import opcodes_of
from rewriting.expressions import parse
from rewriting.meanings import Meaning
from rewriting.proposing import Effort
from rewriting.recipe import recipe_from_json, replay
from rewriting.rewrite import rewrite
from rewriting.rule import Source, make_rule, rules_for
from rewriting.rule_proving import Refuted, prove
from rewriting.saturation import Limits
from tests.generators import EDGE_WORDS

SIGNAL = load_machine("signal")
LENGTH = SIGNAL.vector_length
QUICK = Effort(Limits(nodes=1500), extraction_work=0.2, iterations=1)


def graph_of(vectors: int, operate: "Operate") -> Graph:
    """Loads vectors, operates on them, and stores the result behind them."""
    kernel = Kernel(SIGNAL, LENGTH * (vectors + 1))
    loaded = []
    for number in range(vectors):
        vector, start = kernel.vector("in"), LENGTH * number
        kernel.load_vector(vector, kernel.constant(start), MemoryRange(start, start + LENGTH))
        loaded.append(vector)
    start = LENGTH * vectors
    kernel.store_vector(kernel.constant(start), operate(kernel, loaded), MemoryRange(start, start + LENGTH))
    return kernel.graph()


class Operate:
    """A kernel by name: what it does to vectors."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, kernel: Kernel, given: list[Buffer]) -> Buffer:
        d, e, f = (kernel.vector(letter) for letter in "def")
        match self.name:
            case "rotate":
                kernel.binary("<<", d, given[0], kernel.splat(7))
                kernel.binary(">>", e, given[0], kernel.splat(25))
                kernel.binary("|", f, d, e)
            case "least":
                kernel.binary("<", d, given[0], given[1])
                kernel.select(f, d, given[0], given[1])
            case "masks":
                kernel.binary("&", d, given[0], kernel.splat(0x00FF00FF))
                kernel.binary("&", e, given[1], kernel.splat(0xFF00FF00))
                kernel.binary("^", f, d, e)
            case "own":
                kernel.apply("rotl_n", d, given[0], 3)
                kernel.apply("clamp", e, d, kernel.constant(5), kernel.constant(90))
                kernel.apply("dot4", f, d, e, given[1])
        return f


@pytest.mark.parametrize(
    ("name", "opcode"), [("rotate", "rotl"), ("least", "min"), ("masks", "blend"), ("own", "dot4")]
)
def test_plain_kernels_come_to_use_them_and_compute_the_same(name: str, opcode: str) -> None:
    graph = graph_of(2, Operate(name))
    found = rewrite(graph, rules_for(SIGNAL), AIMS["work"], QUICK, [range(2 * LENGTH, 3 * LENGTH)])
    names = [operation.name for operation in found.after.graph.operations]
    assert opcode in names
    assert found.recipe is None or replay(graph, found.recipe) == found.after.graph
    random = Random(name)
    for _ in range(4):
        memory = [random.choice((*EDGE_WORDS, random.randrange(2**32))) for _ in range(3 * LENGTH)]
        assert execute(found.after.graph, memory) == execute(graph, memory)


def small(**opcodes: dict[str, object]) -> Machine:
    plain = ["+", "^", "|", "<<", ">>"]
    mem = ["load", "store", "vload", "vstore", "const"]
    engines = {
        "valu": {"slots": 1, "opcodes": [*plain, "vbroadcast", *opcodes]},
        "mem": {"slots": 1, "opcodes": mem},
    }
    data = {"name": "small", "vector_length": 4, "scratch_words": 64, "engines": engines, "opcodes": opcodes}
    return machine_from_data(data, "test")


@pytest.mark.parametrize("name", ["lane", "pack", "leaf", "input", "affine", "log2", "and"])
def test_they_may_have_the_names_of_operators_that_are_no_opcodes(name: str) -> None:
    machine = small(**{name: {"operands": ["a", "b"], "result": "a & 0xFFFF | b << 16"}})
    length = machine.vector_length
    kernel = Kernel(machine, 2 * length)
    given, moved, twice, packed = (kernel.vector(letter) for letter in "abcd")
    kernel.load_vector(given, kernel.constant(0), MemoryRange(0, length))
    kernel.binary("+", moved, given, kernel.splat(3))
    kernel.binary("+", twice, moved, kernel.splat(4))
    kernel.apply(name, packed, twice, given)
    kernel.store_vector(kernel.constant(length), packed, MemoryRange(length, 2 * length))
    graph = kernel.graph()
    found = rewrite(graph, rules_for(machine), AIMS["work"], QUICK)
    assert [operation.name for operation in found.after.graph.operations].count("+") == 1
    assert found.recipe is not None
    assert replay(graph, recipe_from_json(found.recipe.to_json())) == found.after.graph
    memory = list(range(7, 7 + 2 * length))
    assert execute(found.after.graph, memory) == execute(graph, memory)


def test_an_opcode_hides_the_function_of_its_name_in_rules() -> None:
    meaning = Meaning("affine", ("a", "b"), parse("a - b"))
    assert not isinstance(prove(make_rule("own", Source("x - y", "affine(x, y)"), None, [meaning])), Refuted)
    with pytest.raises(UserError, match="language of rules"):
        make_rule("function", Source("x + C", "affine(1, x, C)"), None, [meaning])


def test_rules_are_discovered_about_opcodes_alone_that_rules_can_spell() -> None:
    both: dict[str, object] = {"operands": ["a", "b"], "result": "a & b"}
    assert [name for name, _ in opcodes_of(small(**{"and": both, "both": both})).own] == ["both"]


def test_rules_about_them_are_discovered_from_their_expressions() -> None:
    machine = small(turn={"operands": ["a", "n: number"], "result": "rotl(a, n)"})
    found = discover(machine, seconds=6.0)
    statements = {rule.statement for rule in found.proven}
    assert "((x << A) | (x >> B)) = turn(x, A) when A + B == 32 and A < 32" in statements
    assert any(rule.meanings for rule in found.core)
