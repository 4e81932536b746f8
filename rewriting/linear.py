"""Sums as normal forms: a class that is a sum of multiples of others, with a constant.

Rules for sums of many terms do not saturate, so sums have a form instead: words with factors, and a constant.  Equal
forms are one class; a form is *realised* as the few nodes worth having: a constant apart, a power of two or a sign
taken out, Horner's scheme by powers of two, and for short sums each word split off.
"""

from collections.abc import Iterable, Iterator

from machine.opcodes import WORD_MASK
from rewriting.egraph import EGraph, Node
from rewriting.terms import MULTIPLY_ADD

LINEAR = "sums in normal form"

MOST_WORDS = 16
"""Words in a form; a longer sum counts as a word itself."""

_SHORT = 3
"""Words in a form of which each is split off in turn."""

Form = tuple[int, tuple[tuple[int, int], ...]]
"""The constant, then each word (a class) with its factor, by class."""


class LinearForms:
    """The forms of the classes of an e-graph."""

    def __init__(self, egraph: EGraph) -> None:
        self._egraph = egraph
        self._forms: dict[int, Form] = {}
        self._by_form: dict[Form, int] = {}
        self._realised: set[Form] = set()

    def form(self, number: int) -> Form:
        """A class as a sum; at least as itself."""
        return self._form(number, ()) or (0, ((self._egraph.find(number), 1),))

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
                    self._egraph.union(number, node, LINEAR)

    def _renumber(self) -> None:
        """Bring forms up to date with unions; equal forms are one class."""
        forms = self._forms
        self._forms = {}
        for number, form in forms.items():
            self._forms.setdefault(self._egraph.find(number), form)
        self._by_form = {}
        for number in list(self._forms):
            found = self._form(number, ())
            if found is None or found == (0, ((number, 1),)) or self._egraph.value(number) is not None:
                del self._forms[number]
                continue
            other = self._by_form.setdefault(found, number)
            if self._egraph.find(other) != self._egraph.find(number):
                self._egraph.union(other, number, LINEAR)

    def _form(self, number: int, above: tuple[int, ...]) -> Form | None:
        """The form of a class in words that have none; ``None`` where forms go in a circle."""
        number = self._egraph.find(number)
        value = self._egraph.value(number)
        if value is not None:
            return value, ()
        form = self._forms.get(number)
        if form is None:
            return 0, ((number, 1),)
        if number in above:
            return None
        constant, words = form
        total: dict[int, int] = {}
        for word, factor in words:
            inner = self._form(word, (*above, number))
            if inner is None:
                return None
            constant += factor * inner[0]
            for each, times in inner[1]:
                total[each] = total.get(each, 0) + factor * times
        return _form_of(constant, total)

    def _derive(self, number: int) -> None:
        number = self._egraph.find(number)
        if number in self._forms or self._egraph.value(number) is not None:
            return
        for node in list(self._egraph.members(number)):
            form = self._form_of_node(self._egraph.canonical(node))
            if form is None or len(form[1]) > MOST_WORDS or any(word == number for word, _ in form[1]):
                continue
            self._forms[number] = form
            return

    def _form_of_node(self, node: Node) -> Form | None:
        """The form that a node shows; ``None`` if it is no sum."""
        op, args, data = node
        match op:
            case "affine":
                assert isinstance(data, tuple)
                return self._combine((self.form(args[0]), data[0]), ((data[1], ()), 1))
            case "+":
                return self._combine((self.form(args[0]), 1), (self.form(args[1]), 1))
            case "-":
                return self._combine((self.form(args[0]), 1), (self.form(args[1]), -1))
            case "*" | "multiply_add":
                for factor, other in ((args[0], args[1]), (args[1], args[0])):
                    value = self._egraph.value(factor)
                    if value is not None:
                        addend = self.form(args[2]) if op == MULTIPLY_ADD else (0, ())
                        return self._combine((self.form(other), value), (addend, 1))
            case "<<":
                value = self._egraph.value(args[1])
                if value is not None:
                    return self._combine((self.form(args[0]), 1 << value if value < 32 else 0))
        return None

    @staticmethod
    def _combine(*parts: tuple[Form, int]) -> Form:
        constant, total = 0, dict[int, int]()
        for (addend, words), factor in parts:
            constant += factor * addend
            for word, times in words:
                total[word] = total.get(word, 0) + factor * times
        return _form_of(constant, total)

    # Realising

    def class_of(self, form: Form) -> int:
        """The class of a form, made if there is none."""
        constant, words = form
        if not words:
            return self._egraph.constant(constant, LINEAR)
        if form == (0, ((words[0][0], 1),)):
            return words[0][0]
        known = self._by_form.get(form)
        if known is not None:
            return known
        made = next(self._realisations(form))
        self._by_form[form] = made
        self._forms.setdefault(self._egraph.find(made), form)
        return made

    def _realisations(self, form: Form) -> Iterator[int]:
        """Nodes that compute a form."""
        constant, words = form
        if not words:
            yield self._egraph.constant(constant, LINEAR)
            return
        if len(words) == 1:
            word, factor = words[0]
            yield self._egraph.affine(factor, word, constant, LINEAR)
            return
        if constant:
            yield self._egraph.affine(1, self.class_of((0, words)), constant, LINEAR)
        elif sum(factor > WORD_MASK // 2 for _, factor in words) * 2 > len(words):
            negated = _form_of(0, {word: -factor for word, factor in words})
            yield self._egraph.affine(WORD_MASK, self.class_of(negated), 0, LINEAR)
            return
        yield from self._horner(form)
        if len(words) <= _SHORT:
            for split in words:
                yield self._split_off(form, split)

    def _horner(self, form: Form) -> Iterator[int]:
        """``2^t * (words with even factors) + the others``."""
        constant, words = form
        even = {word: factor for word, factor in words if factor % 2 == 0}
        odd = {word: factor for word, factor in words if factor % 2}
        if not even:
            yield self._split_off(form, words[0])
            return
        power = min(factor & -factor for factor in even.values())
        halved = self.class_of(_form_of(0, {word: factor // power for word, factor in even.items()}))
        if odd:
            rest = self.class_of(_form_of(constant, odd))
            yield self._egraph.add(MULTIPLY_ADD, (halved, self._egraph.constant(power, LINEAR), rest), None, LINEAR)
        else:
            yield self._egraph.affine(power, halved, constant, LINEAR)

    def _split_off(self, form: Form, split: tuple[int, int]) -> int:
        constant, words = form
        word, factor = split
        rest = self.class_of((constant, tuple(other for other in words if other != split)))
        if factor == 1:
            return self._egraph.add("+", (word, rest), None, LINEAR)
        if factor == WORD_MASK:
            return self._egraph.add("-", (rest, word), None, LINEAR)
        return self._egraph.add(MULTIPLY_ADD, (word, self._egraph.constant(factor, LINEAR), rest), None, LINEAR)


def _form_of(constant: int, words: dict[int, int]) -> Form:
    kept = ((word, factor & WORD_MASK) for word, factor in words.items() if factor & WORD_MASK)
    return constant & WORD_MASK, tuple(sorted(kept))
