"""The rules that come with Slotsmith are proven, and wrong ones are refused."""

import tomllib
from random import Random

import pytest

from machine.errors import UserError
from machine.model import load_machine, machine_from_data, machine_to_data
from rewriting.expressions import evaluate, names, operators, parse
from rewriting.meanings import Meaning, by_name, expanded
from rewriting.ring import equal_by_ring
from rewriting.rule import Rule, Source, format_rules, load_rules, make_rule, parse_rules, rules_for
from rewriting.rule_proving import Refuted, prove
from tests.generators import EDGE_WORDS

RULES = [*load_rules(), *load_rules("signal")]
WORDS = load_rules()
QUOTIENT = Meaning("quotient", ("a", "b"), parse("a // b"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_is_proven(rule: Rule) -> None:
    proven = prove(rule)
    assert not isinstance(proven, Refuted), proven.reason
    assert rule.proof is not None, "its proof is to be recorded: `slotsmith rules --check --record`"
    assert proven.proof is not None
    assert proven.proof.prover == rule.proof.prover


def test_names_are_distinct() -> None:
    assert len({rule.name for rule in WORDS}) == len(WORDS)


WRONG = [
    ("x % C", "x & C", "C > 0 and (C & (C - 1)) == 0"),  # off by one
    ("x % C", "x & (C - 1)", ""),  # no condition
    ("x % C", "x & (C - 1)", "C > 0"),  # half a condition
    ("x // C", "x >> log2(C)", "C > 0"),
    ("(x >> K) >> L", "x >> (K + L)", ""),  # the sum may wrap
    ("(x ^ (x >> K)) & 1", "affine(0x80000000 + (1 << (32 - K)), x, 0) >> 31", "K > 0"),
    ("(x ^ (x >> K)) & 1", "affine(0x80000000 + (1 << (30 - K)), x, 0) >> 31", "K > 0 and K < 31"),
    ("((x ^ (x >> K)) ^ C) & 1", "affine(0x80000000 + (1 << (31 - K)), x, C << 30) >> 31", "K > 0 and K < 32"),
    ("affine(0xFFFFFFFF, x >> 31, 1)", "x <= 0x80000000", ""),  # also no opcode
    ("affine(0xFFFFFFFF, x >> 31, 1)", "x < 0x80000001", ""),
    ("x == 0", "1 - x", ""),  # only for bits
    ("x ^ 1", "1 - x", "x <= 2"),
    ("select(x, C, D)", "affine(C - D, x, D)", ""),
    ("select(x, y, z)", "multiply_add(x, z - y, z)", "x <= 1"),  # the wrong way round
    ("select(x, y, z)", "multiply_add(x, y - z, y)", "x <= 1"),
    ("x < y", "x - y >> 31", ""),  # signed for unsigned
    ("(x + C) < D", "x < (D - C)", ""),
    ("x | y", "x + y", ""),
    ("(x ^ C) & D", "(x & D) ^ C", ""),
    ("affine(C, x, 0) >> K", "x", "K < 32 and C == (1 << K)"),  # the high bits are gone
    ("x * y", "x << y", ""),
    ("x & 31", "x - 32", "x <= 32"),
    ("(x << K) + y", "multiply_add(x, 2 * K, y)", ""),
    ("x >> K", "x // K", "K > 0"),  # may not even be stated: it divides where the left side does not
]


@pytest.mark.parametrize(("left", "right", "when"), WRONG)
def test_wrong_rules_are_refused(left: str, right: str, when: str) -> None:
    try:
        rule = make_rule("wrong", Source(left, right, when))
    except UserError:
        return
    outcome = prove(rule)
    assert isinstance(outcome, Refuted)
    assert outcome.words, "refuted by an example"
    words = outcome.words
    assert rule.when is None or evaluate(rule.when, words)
    assert evaluate(rule.left, words) != evaluate(rule.right, words)


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        ("x + C", "y", "not on its left side"),
        ("C + D", "C", "no constant"),
        ("x", "x + 0", "operator"),
        ("x + ", "x", "rule expression"),
        ("x + f(y)", "x", "language of rules"),
        ("x >> 1", "x // (x + 2)", "divide by 0"),
        ("select(y, 1, 4294967295) * (x // 3)", "(y // y) * (x // 3)", "divide by 0"),
        ("(x // y) + C", "(x // (y + 0)) + C", "divide by 0"),
        ("x & C", "x // C", "divide by 0"),
        ("x & 1", "x % (3 - 3)", "divide by 0"),
        ("x & 1", "x % (3 // 0)", "divide by 0"),
        ("x + y", "x <= y", "no opcode computes"),
        ("x & 0x100000000", "0", "rule expression 'x & 0x100000000': a number is more than a word holds, 0xffffffff"),
        ("affine(m, x, 0)", "m * x", "must be constants"),
        ("x * y + C", "affine(y, x, C)", "must be constants"),
        ("x & True", "x", "language of rules"),
    ],
)
def test_what_is_no_rule_is_one_line(left: str, right: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        make_rule("none", Source(left, right))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("x >> 1", "x // 2"),
        ("x - x // y * y", "x % y"),
        ("x // C", "x - x % C"),
        ("x & C", "x & (C // (C - 12))"),
        ("quotient(x, y) + C", "C + x // y"),
        ("x // y + C", "quotient(x, y) + C"),
        ("x + C", "quotient(x, 3) + C"),
    ],
)
def test_what_is_divided_by_is_a_number_or_divided_by_on_the_left(left: str, right: str) -> None:
    make_rule("a division", Source(left, right), None, [QUOTIENT])


@pytest.mark.parametrize(("left", "right"), [("x + y", "quotient(x, y)"), ("x // y", "quotient(y, x)")])
def test_an_opcode_may_divide_as_well(left: str, right: str) -> None:
    with pytest.raises(UserError, match="divide by 0"):
        make_rule("a division", Source(left, right), None, [QUOTIENT])


RULE = '[[rule]]\nname = "none"\nleft = "x ^ x"\nright = "0"\n'


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[[rule]]", "[rule]", r"rule: must be a list of tables, not {"),
        ("left =", "wehn = 1\nleft =", r"rule\[0\]\.wehn: unknown key: did you mean 'when'\?"),
        ('name = "none"', "", r"rule\[0\]: missing key 'name'"),
        ('"x ^ x"', "7", r"rule\[0\]\.left: must be a text in quotes, not 7"),
        ('"x ^ x"', f'"x{" " * 2000}"', r"rule\[0\]\.left: must have 1 to 1,000 characters"),
        ('"x ^ x"', f'"{"~" * 990}x"', r"rule\[0\]: rule expression: it is nested too deeply"),
        ("left =", 'uniform = "C"\nleft =', r"rule\[0\]: rule none: C is not on its left side"),
        ('left = "x ^ x"', 'uniform = "C"\nleft = "x ^ C"', r"rule\[0\]: rule none: uniform is for words: C is a con"),
        ('"x ^ x"', '"y"', r"rule\[0\]: rule none: its left side must be an operator"),
        (
            "left =",
            'prover = "z3"\nversion = "5"\nseconds = -1\nleft =',
            r"rule\[0\]\.seconds: must be a number from 0",
        ),
        (
            "[[rule]]",
            '[opcodes.f]\noperands = "a"\nmeans = "a +"\n[[rule]]',
            r"opcodes\.f\.means: rule expression 'a \+'",
        ),
        (RULE, "a = " + "[" * 10_000, r"brackets are nested too deeply \(at line 1\)"),
    ],
)
def test_a_wrong_file_of_rules_is_told_in_one_line_with_its_key(old: str, new: str, message: str) -> None:
    with pytest.raises(UserError, match=f"^rules mine: {message}"):
        parse_rules(RULE.replace(old, new), "mine")


def test_products_of_bitwise_terms_by_ring_normal_form() -> None:
    for left, right in (("M * (a ^ b)", "M * a + M * b - 2 * M * (a & b)"), ("(a | b) * c", "c * (a + b - (a & b))")):
        rule = make_rule("product", Source(left, right))
        assert equal_by_ring(rule.left, rule.right)
    rule = make_rule("no product", Source("M * (a ^ b)", "M * a + M * b - M * (a & b)"))
    assert not equal_by_ring(rule.left, rule.right)


def test_a_file_of_rules_reads_back() -> None:
    assert parse_rules(format_rules(RULES), "again") == RULES


@pytest.mark.parametrize("name", ['the "odd" one', "a \\n of its own", "größer", "two\nlines"])
def test_names_are_written_so_that_they_read_back(name: str) -> None:
    meaning = Meaning("größer", ("a", "b"), parse("b < a"))
    rule = make_rule(name, Source("y < x", "größer(x, y)"), None, [meaning])
    written = format_rules([rule])
    assert tomllib.loads(written)["rule"][0]["name"] == name
    if name.isprintable():
        assert parse_rules(written, "again") == [rule]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rules_hold_on_boundary_words(rule: Rule) -> None:
    """An oracle without a prover: sides are evaluated."""
    variables = sorted({name.name for name in names(rule.left)})
    tried = 0
    for seed in range(1000):
        random = Random(seed)
        words = {name: random.choice(EDGE_WORDS) for name in variables}
        if rule.when is None or evaluate(rule.when, words):
            try:
                left, right = (evaluate(expanded(s, by_name(rule.meanings)), words) for s in (rule.left, rule.right))
            except ZeroDivisionError:
                continue
            assert left == right, words
            tried += 1
    assert tried or rule.when is not None


def test_rules_for_a_machine_speak_of_its_own_opcodes_with_its_own_meaning() -> None:
    """A machine that calls something else by the same name gets none of them."""
    signal = load_machine("signal")
    assert {op for rule in rules_for(signal) for op in operators(rule.right)} & set(signal.definitions)
    data = machine_to_data(signal)
    data["opcodes"]["rotl"]["result"] = "rotr(a, b)"
    other = rules_for(machine_from_data(data, "test"))
    assert not any(meaning.name == "rotl" for rule in other for meaning in rule.meanings)
    assert rules_for(load_machine("takehome")) == WORDS
