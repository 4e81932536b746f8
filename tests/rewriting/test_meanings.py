"""What opcodes of a machine's own mean in the language of rules is what the machine computes."""

from random import Random

import pytest

from machine.model import load_machine
from machine.words import FUNCTIONS, OPERATORS
from rewriting.expressions import Apply, Name, evaluate
from rewriting.meanings import apply_function, expanded, meanings_of
from tests.generators import EDGE_WORDS

FUNCTIONS_OF_DEFINITIONS = {**OPERATORS, **FUNCTIONS}


def words(random: Random, count: int) -> list[int]:
    kinds = (lambda: random.randrange(2**32), lambda: random.choice(EDGE_WORDS), lambda: random.randrange(40))
    return [random.choice(kinds)() for _ in range(count)]


@pytest.mark.parametrize("name", FUNCTIONS_OF_DEFINITIONS)
def test_every_function(name: str) -> None:
    function, random = FUNCTIONS_OF_DEFINITIONS[name], Random(name)
    letters = "abc"[: function.arguments]
    expression = apply_function(name, [Name(letter) for letter in letters])
    for _ in range(300):
        given = words(random, function.arguments)
        if name in ("//", "%", "cdiv") and given[1] == 0:
            continue
        assert evaluate(expression, dict(zip(letters, given, strict=True))) == function.compute(*given), (name, given)


@pytest.mark.parametrize("name", load_machine("signal").definitions)
def test_every_opcode_of_a_machine(name: str) -> None:
    definition, random = load_machine("signal").definitions[name], Random(name)
    meanings = meanings_of({name: definition})
    letters = [operand for operand, _ in definition.operands]
    expression = expanded(Apply(name, tuple(map(Name, letters))), meanings)
    for _ in range(100):
        given = words(random, len(letters))
        (wanted,) = definition.apply([[word] for word in given])
        assert evaluate(expression, dict(zip(letters, given, strict=True))) == wanted
