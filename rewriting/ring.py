"""Equality by normal form in the ring of words: polynomials modulo 2^32 over terms that are not arithmetic.

``a ^ b`` is ``a + b - 2 (a & b)`` and ``a | b`` is ``a + b - (a & b)``, so products of bitwise terms, on which
bit-blasting provers run out of time, are compared at once.
"""

from rewriting import operator_names
from rewriting.expressions import Apply, Expression, Name, Number

_MODULUS = 2**32

Atom = tuple[object, ...]
Monomial = tuple[Atom, ...]
Polynomial = tuple[tuple[Monomial, int], ...]
"""Monomials with factors that are not 0, sorted."""


def equal_by_ring(left: Expression, right: Expression) -> bool:
    """Whether both have the same normal form; if they have not, they may still be equal."""
    return normal_form(left) == normal_form(right)


def normal_form(expression: Expression) -> Polynomial:
    """The polynomial of an expression."""
    match expression:
        case Number(value):
            return _polynomial({(): value})
        case Name(name):
            return _atom(("name", name))
        case Apply(op, args):
            return _apply(op, [normal_form(arg) for arg in args])


def _apply(op: str, a: list[Polynomial]) -> Polynomial:
    match op:
        case "+":
            return _sum(a[0], a[1])
        case "-":
            return _sum(a[0], a[1], -1)
        case "*":
            return _product(a[0], a[1])
        case "multiply_add" | operator_names.AFFINE:
            return _sum(_product(a[0], a[1]), a[2])
        case "<<":
            return _product(a[0], _power(a[1]))
        case "^":
            return _sum(_sum(a[0], a[1]), _and(a[0], a[1]), -2)
        case "|":
            return _sum(_sum(a[0], a[1]), _and(a[0], a[1]), -1)
        case "&":
            return _and(a[0], a[1])
        case _:
            return _atom((op, *a))


def _power(exponent: Polynomial) -> Polynomial:
    """Two to the exponent, 0 from 32 on."""
    if not exponent or (len(exponent) == 1 and exponent[0][0] == ()):
        number = exponent[0][1] if exponent else 0
        return _polynomial({(): 2**number if number < 32 else 0})
    return _atom(("power", exponent))


def _and(a: Polynomial, b: Polynomial) -> Polynomial:
    if a == b:
        return a
    if not a or not b:
        return ()
    return _atom(("&", *sorted((a, b), key=repr)))


def _atom(atom: Atom) -> Polynomial:
    return (((atom,), 1),)


def _sum(a: Polynomial, b: Polynomial, factor: int = 1) -> Polynomial:
    total = dict(a)
    for monomial, count in b:
        total[monomial] = total.get(monomial, 0) + factor * count
    return _polynomial(total)


def _product(a: Polynomial, b: Polynomial) -> Polynomial:
    total: dict[Monomial, int] = {}
    for left, m in a:
        for right, n in b:
            monomial = tuple(sorted(left + right, key=repr))
            total[monomial] = total.get(monomial, 0) + m * n
    return _polynomial(total)


def _polynomial(terms: dict[Monomial, int]) -> Polynomial:
    kept = [(monomial, count % _MODULUS) for monomial, count in terms.items() if count % _MODULUS]
    return tuple(sorted(kept, key=repr))
