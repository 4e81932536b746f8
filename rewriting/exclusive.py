"""Exclusive-ors as normal forms: a set of words, and a constant.

A form is realised by every way to join two parts of it, if it is small; the constant is a member like any other, so it
may go to where it costs least.  Forms of more members stand as they were written.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations

from rewriting.normal_forms import NormalForms

EXCLUSIVE = "exclusive-ors in normal form"

MOST_MEMBERS = 4
"""Members, the constant among them, of a form that is realised; what has more counts as a word itself."""

Form = tuple[int, frozenset[int]]


class ExclusiveForms(NormalForms[Form]):
    """The forms of the classes of an e-graph."""

    law = EXCLUSIVE

    def _constant(self, value: int) -> Form:
        return value, frozenset()

    def _word(self, number: int) -> Form:
        return 0, frozenset((number,))

    def _expanded(self, form: Form, above: tuple[int, ...]) -> Form | None:
        parts = [self._form(word, above) for word in form[1]]
        known = [part for part in parts if part is not None]
        return _join([(form[0], frozenset()), *known]) if len(known) == len(parts) else None

    def _shown(self, node: int, number: int) -> Form | None:
        op, args, _ = self._egraph.canonical(node)
        if op != "^":
            return None
        a, b = self._form(args[0], ()), self._form(args[1], ())
        if a is None or b is None:
            return None
        form = _join((a, b))
        return form if number not in form[1] and _size(form) <= MOST_MEMBERS else None

    # Realising

    def _class_of(self, form: Form) -> int:
        constant, words = form
        if not words:
            return self._egraph.constant(constant, EXCLUSIVE)
        if constant == 0 and len(words) == 1:
            return next(iter(words))
        found = self._by_form.get(form)
        if found is None:
            found = next(self._realisations(form))
            self._by_form[form] = found
            self._forms.setdefault(self._egraph.find(found), form)
        return found

    def _realisations(self, form: Form) -> Iterator[int]:
        constant, words = form
        members: list[Form] = [(0, frozenset((word,))) for word in sorted(words)]
        if constant:
            members.append((constant, frozenset()))
        if len(members) < 2:
            yield next(iter(words)) if words else self._egraph.constant(constant, EXCLUSIVE)
            return
        first, *others = members
        for size in range(len(others)):
            for chosen in combinations(others, size):
                part = _join((first, *chosen))
                rest = _join(tuple(member for member in others if member not in chosen))
                yield self._egraph.add("^", (self._class_of(part), self._class_of(rest)), None, EXCLUSIVE)


def _size(form: Form) -> int:
    return len(form[1]) + (form[0] != 0)


def _join(members: Iterable[Form]) -> Form:
    constant, words = 0, frozenset[int]()
    for addend, more in members:
        constant ^= addend
        words ^= more
    return constant, words
