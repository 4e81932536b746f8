"""Normal forms of the classes of an e-graph: what sums and exclusive-ors have in common.

A class has a form in words, which are classes without one.  Equal forms are one class.  A form is *realised* by those
nodes, of all that compute it, that are worth having.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import ClassVar, Generic, TypeVar

from rewriting.egraph import EGraph

Form = TypeVar("Form")


class NormalForms(ABC, Generic[Form]):
    """The forms of one kind of the classes of an e-graph.

    Attributes:
        law: what unions by these forms are put down to.
    """

    law: ClassVar[str]

    def __init__(self, egraph: EGraph) -> None:
        self._egraph = egraph
        self._forms: dict[int, Form] = {}
        self._by_form: dict[Form, int] = {}
        self._realised: set[Form] = set()

    def update(self, classes: Iterable[int]) -> None:
        """Find the forms of classes that are new or changed, unite those that are equal, and realise them."""
        self._renumber()
        for number in classes:
            self._derive(self._egraph.find(number))
        self._renumber()
        for form, number in list(self._by_form.items()):
            if form not in self._realised:
                self._realised.add(form)
                for node in list(self._realisations(form)):
                    self._egraph.union(number, node, self.law)

    def _renumber(self) -> None:
        """Bring forms up to date with unions; equal forms are one class."""
        forms = self._forms
        self._forms = {}
        for number, form in forms.items():
            self._forms.setdefault(self._egraph.find(number), form)
        self._by_form = {}
        for number in list(self._forms):
            found = self._form(number, ())
            if found is None or found == self._word(number) or self._egraph.value(number) is not None:
                del self._forms[number]
                continue
            other = self._by_form.setdefault(found, number)
            if self._egraph.find(other) != self._egraph.find(number):
                self._egraph.union(other, number, self.law)

    def _form(self, number: int, above: tuple[int, ...]) -> Form | None:
        """The form of a class in words that have none; ``None`` where forms go in a circle."""
        number = self._egraph.find(number)
        value = self._egraph.value(number)
        if value is not None:
            return self._constant(value)
        form = self._forms.get(number)
        if form is None:
            return self._word(number)
        return None if number in above else self._expanded(form, (*above, number))

    def _derive(self, number: int) -> None:
        """Give a class the first form that one of its nodes shows, unless it has one, or a value."""
        if number in self._forms or self._egraph.value(number) is not None:
            return
        for node in list(self._egraph.members(number)):
            form = self._shown(node, number)
            if form is not None:
                self._forms[number] = form
                return

    @abstractmethod
    def _constant(self, value: int) -> Form:
        """The form of a number."""

    @abstractmethod
    def _word(self, number: int) -> Form:
        """The form of a class that has none but itself."""

    @abstractmethod
    def _expanded(self, form: Form, above: tuple[int, ...]) -> Form | None:
        """A form with the forms of its words in their places; ``None`` where one of these goes in a circle."""

    @abstractmethod
    def _shown(self, node: int, number: int) -> Form | None:
        """The form of class ``number`` that a node shows; ``None`` if it shows none."""

    @abstractmethod
    def _realisations(self, form: Form) -> Iterator[int]:
        """Nodes that compute a form."""
