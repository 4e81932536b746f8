"""Whether a rule puts divisions by 0 where there were none: a proof does not tell, as provers give x / 0 some value."""

from collections.abc import Iterator

from machine.opcodes import DIVISIONS
from rewriting.expressions import Apply, Expression, evaluate, is_constant, names


def may_fault(left: Expression, right: Expression) -> bool:
    """Whether ``right`` may divide by 0 where ``left`` does not; both with meanings in place of a machine's opcodes.

    What it divides by must be a number other than 0, or what ``left`` divides by.  Expressions of constants are no
    matter: they are computed when a rule is applied.
    """
    safe = set(_divisors(left))
    return any(divisor not in safe and not _is_other_than_0(divisor) for divisor in _divisors(right, constants=False))


def _divisors(expression: Expression, *, constants: bool = True) -> Iterator[Expression]:
    """What is divided by; in expressions of constants as well unless told otherwise."""
    if isinstance(expression, Apply) and (constants or not is_constant(expression)):
        if expression.op in DIVISIONS:
            yield expression.args[1]
        for arg in expression.args:
            yield from _divisors(arg, constants=constants)


def _is_other_than_0(divisor: Expression) -> bool:
    if next(names(divisor), None) is not None:
        return False
    try:
        return evaluate(divisor, {}) != 0
    except ZeroDivisionError:
        return False
