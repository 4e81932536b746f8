"""Rules as data: a file says what equals what, under which condition, and by which proof."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from machine.errors import UserError
from machine.model import Machine
from machine.strict_table import StrictTable
from machine.toml_file import format_text, parse_toml, read_toml
from rewriting.division_guard import may_fault
from rewriting.expressions import (
    CONDITIONS_ONLY,
    Apply,
    Expression,
    Name,
    applications,
    is_constant,
    names,
    operators,
    parse,
    text,
)
from rewriting.meanings import Meaning, Meanings, by_name, expanded, meanings_of
from rewriting.operator_names import AFFINE, LOG2

_RULE_KEYS = ("name", "left", "right", "when", "uniform", "unless", "prover", "version", "seconds")
_MOST_RULES = 10_000
_MOST_SECONDS = 1e9


@dataclass(frozen=True, slots=True)
class Proof:
    """That a rule holds for all words of 32 bits: by which prover, its version, and in how many seconds."""

    prover: str
    version: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Source:
    """A rule as a file spells it; see :mod:`rewriting.expressions` for the language.

    ``uniform`` names variables apart by spaces, ``unless`` an opcode: see :class:`Rule`.
    """

    left: str
    right: str
    when: str = ""
    uniform: str = ""
    unless: str = ""


@dataclass(frozen=True)
class Rule:
    """``left`` may be replaced by ``right`` wherever ``when`` holds.

    Attributes:
        name: its name in chains of rules.
        source: how it is spelled.
        left, right, when: expressions; ``when`` is ``None`` where the rule always holds.
        uniform: variables that must be uniform, or chosen from uniform words: no part of what makes the rule true, but
            of what makes it useful.  Nor is ``source.unless``, an opcode: a machine that has it needs no such rule.
        proof: its proof, if one is recorded.
        meanings: of the opcodes that are some machine's own, for which alone it is true.
    """

    name: str
    source: Source
    left: Expression
    right: Expression
    when: Expression | None
    uniform: frozenset[str]
    proof: Proof | None = None
    meanings: tuple[Meaning, ...] = ()

    @property
    def statement(self) -> str:
        """What it says, in a line."""
        condition = f" when {self.source.when}" if self.source.when else ""
        return f"{self.source.left} = {self.source.right}{condition}"


def make_rule(name: str, source: Source, proof: Proof | None = None, meanings: Iterable[Meaning] = ()) -> Rule:
    """The rule that ``source`` spells, in which opcodes with these meanings may stand.

    Raises:
        UserError: it spells none, or one that could not be applied safely.
    """
    own = by_name(meanings)
    arities = {meaning.name: len(meaning.operands) for meaning in own.values()}
    when = parse(source.when) if source.when else None
    left, right = parse(source.left, arities), parse(source.right, arities)
    used = {op for side in (left, right) for op in operators(side)}
    needed = tuple(meaning for meaning in own.values() if meaning.name in used)
    left, right = (_with_plain_constants(side, own) for side in (left, right))
    rule = Rule(name, source, left, right, when, frozenset(source.uniform.split()), proof, needed)
    problem = _problem(rule)
    if problem:
        raise UserError(f"rule {name}: {problem}")
    return rule


def _with_plain_constants(expression: Expression, meanings: Meanings) -> Expression:
    """An expression with meanings in place of opcodes where these are applied to constants: no machine runs those."""
    if not isinstance(expression, Apply) or is_constant(expression):
        return expanded(expression, meanings)
    return Apply(expression.op, tuple(_with_plain_constants(arg, meanings) for arg in expression.args))


def _problem(rule: Rule) -> str:
    bound = {name.name for name in names(rule.left)}
    used = {name.name for name in names(rule.right)} | rule.uniform
    if rule.when is not None:
        used |= {name.name for name in names(rule.when)}
    if used - bound:
        return f"{', '.join(sorted(used - bound))} is not on its left side"
    constants = sorted(name for name in rule.uniform if Name(name).is_constant)
    if constants:
        return f"uniform is for words: {', '.join(constants)} is a constant"
    if not isinstance(rule.left, Apply) or is_constant(rule.left):
        return "its left side must be an operator applied to something that is no constant"
    if any(op in CONDITIONS_ONLY or op == LOG2 for op in operators(rule.left)):
        return "its left side has what no opcode computes"
    if not all(_is_of_constants(side) for side in (rule.left, rule.right)):
        return "in affine(M, x, C), M and C must be constants, and so in capitals"
    if any(op in CONDITIONS_ONLY or op == LOG2 for op in _computed(rule.right)):
        return "its right side has what no opcode computes"
    meanings = by_name(rule.meanings)
    if may_fault(expanded(rule.left, meanings), expanded(rule.right, meanings)):
        return "its right side may divide by 0 where the left side does not"
    return ""


def _is_of_constants(expression: Expression) -> bool:
    """Whether each affine term has constants for its factor and addend."""
    sums = (each for each in applications(expression) if each.op == AFFINE)
    return all(is_constant(each.args[0]) and is_constant(each.args[2]) for each in sums)


def _computed(expression: Expression) -> Iterable[str]:
    """The operators that are applied when a program runs: those of constants are applied before."""
    if isinstance(expression, Apply) and not is_constant(expression):
        yield expression.op
        for arg in expression.args:
            yield from _computed(arg)


def parse_rules(content: str, origin: str) -> list[Rule]:
    """The rules of a file's text.

    Raises:
        UserError: it is no file of rules.
    """
    return _rules(parse_toml(content, f"rules {origin}"), origin)


def _rules(data: Mapping[str, Any], origin: str) -> list[Rule]:
    top = StrictTable(data, f"rules {origin}", known=("opcodes", "rule"))
    opcodes = top.table("opcodes", default={})
    meanings = [_meaning(name, opcodes.table(name, ("operands", "means"))) for name in opcodes]
    return [_rule(table, meanings) for table in top.tables("rule", _RULE_KEYS, _MOST_RULES, default=[])]


def _meaning(name: str, table: StrictTable) -> Meaning:
    operands, means = table.text("operands"), table.text("means")
    with table.about("means"):
        return Meaning(name, tuple(operands.split()), parse(means))


def _rule(table: StrictTable, meanings: Iterable[Meaning]) -> Rule:
    proof = None
    if "prover" in table:
        seconds = table.number("seconds", 0, _MOST_SECONDS)
        proof = Proof(table.text("prover"), table.text("version"), seconds)
    options = (table.text(key, default="") for key in ("when", "uniform", "unless"))
    name, source = table.text("name"), Source(table.text("left"), table.text("right"), *options)
    with table.about():
        return make_rule(name, source, proof, meanings)


def load_rules(name_or_path: str = "words") -> list[Rule]:
    """The rules that come with Slotsmith under that name, or those of a .toml file.

    Raises:
        UserError: there are none such.
    """
    file = resources.files("rewriting") / "rules" / f"{name_or_path}.toml"
    if file.is_file():
        return parse_rules(file.read_text(encoding="utf-8"), name_or_path)
    return _rules(read_toml(Path(name_or_path), "rules"), name_or_path)


def rules_for(machine: Machine) -> list[Rule]:
    """The rules for any machine and, if Slotsmith has some, those for opcodes that are this machine's own."""
    own = resources.files("rewriting") / "rules" / f"{machine.name}.toml"
    if not machine.definitions or not own.is_file():
        return load_rules()
    meanings = meanings_of(machine.definitions)
    found = parse_rules(own.read_text(encoding="utf-8"), machine.name)
    return [*load_rules(), *(rule for rule in found if all(meanings.get(m.name) == m for m in rule.meanings))]


def format_rules(rules: Iterable[Rule]) -> str:
    """The text of a file of rules, with the meanings of the opcodes that are some machine's own."""
    rules = list(rules)
    tables = []
    for meaning in dict.fromkeys(meaning for rule in rules for meaning in rule.meanings):
        name = meaning.name if meaning.name.isascii() else format_text(meaning.name)
        operands, means = format_text(" ".join(meaning.operands)), format_text(text(meaning.result))
        tables.append(f"[opcodes.{name}]\noperands = {operands}\nmeans = {means}\n")
    for rule in rules:
        lines = ["[[rule]]", f"name = {format_text(rule.name)}"]
        lines += [f"{key} = {format_text(value)}" for key, value in asdict(rule.source).items() if value]
        if rule.proof is not None:
            lines += [f"prover = {format_text(rule.proof.prover)}", f"version = {format_text(rule.proof.version)}"]
            lines.append(f"seconds = {rule.proof.seconds:.4f}")
        tables.append("\n".join(lines) + "\n")
    return "\n".join(tables)
