"""Exclusive-ors as normal forms: a set of words, and a constant.

A form is realised by every way to join two parts of it, if it is small; the constant is a member like any other, so it
may go to where it costs least.  Forms of more members stand as they were written.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations

from rewriting.egraph import EGraph

EXCLUSIVE = "exclusive-ors in normal form"

MOST_MEMBERS = 4
"""Members, the constant among them, of a form that is realised; what has more counts as a word itself."""

Form = tuple[int, frozenset[int]]


class ExclusiveForms:
    """The forms of the classes of an e-graph."""

    def __init__(self, egraph: EGraph) -> None:
        self._egraph = egraph
        self._forms: dict[int, Form] = {}
        self._by_form: dict[Form, int] = {}
        self._realised: set[Form] = set()

    def update(self, classes: Iterable[int]) -> None:
        """Find the forms of classes that are new or changed, unite those that are equal, and realise them."""
        self._renumber()
        for number in classes:
            self._derive(number)
        self._renumber()
        for form, number in list(self._by_form.items()):
            if form not in self._realised:
                self._realised.add(form)
                for node in list(self._realisations(form)):
                    self._egraph.union(number, node, EXCLUSIVE)

    def _renumber(self) -> None:
        forms = self._forms
        self._forms = {}
        for number, form in forms.items():
            self._forms.setdefault(self._egraph.find(number), form)
        self._by_form = {}
        for number in list(self._forms):
            found = self._form(number, ())
            if found is None or found == (0, frozenset((number,))) or self._egraph.value(number) is not None:
                del self._forms[number]
                continue
            other = self._by_form.setdefault(found, number)
            if self._egraph.find(other) != self._egraph.find(number):
                self._egraph.union(other, number, EXCLUSIVE)

    def _form(self, number: int, above: tuple[int, ...]) -> Form | None:
        """The form of a class in words that have none; ``None`` where forms go in a circle."""
        number = self._egraph.find(number)
        value = self._egraph.value(number)
        if value is not None:
            return value, frozenset()
        form = self._forms.get(number)
        if form is None:
            return 0, frozenset((number,))
        if number in above:
            return None
        constant, total = form[0], frozenset[int]()
        for word in form[1]:
            inner = self._form(word, (*above, number))
            if inner is None:
                return None
            constant ^= inner[0]
            total ^= inner[1]
        return constant, total

    def _derive(self, number: int) -> None:
        number = self._egraph.find(number)
        if number in self._forms or self._egraph.value(number) is not None:
            return
        for node in list(self._egraph.members(number)):
            op, args, _ = self._egraph.canonical(node)
            if op != "^":
                continue
            a, b = self._form(args[0], ()), self._form(args[1], ())
            if a is None or b is None:
                continue
            form = a[0] ^ b[0], a[1] ^ b[1]
            if number not in form[1] and _size(form) <= MOST_MEMBERS:
                self._forms[number] = form
                return

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
