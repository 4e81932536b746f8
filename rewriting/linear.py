"""Sums as normal forms: a class that is a sum of multiples of others, with a constant.

Rules for sums of many terms do not saturate, so sums have a form instead: words with factors, and a constant.  Equal
forms are one class; a form is *realised* as the few nodes worth having: a constant apart, a power of two or a sign
taken out, Horner's scheme by powers of two, and for short sums each word split off.
"""

from collections.abc import Iterator

from machine.words import SIGN, WORD_MASK
from rewriting.egraph import Node
from rewriting.normal_forms import NormalForms
from rewriting.operator_names import AFFINE
from rewriting.terms import MULTIPLY_ADD

LINEAR = "sums in normal form"

MOST_WORDS = 16
"""Words in a form; a longer sum counts as a word itself."""

_SHORT = 3
"""Words in a form of which each is split off in turn."""

Form = tuple[int, tuple[tuple[int, int], ...]]
"""The constant, then each word (a class) with its factor, by class."""


class LinearForms(NormalForms[Form]):
    """The forms of the classes of an e-graph."""

    law = LINEAR

    def form(self, number: int) -> Form:
        """A class as a sum; at least as itself."""
        return self._form(number, ()) or self._word(self._egraph.find(number))

    def _constant(self, value: int) -> Form:
        return value, ()

    def _word(self, number: int) -> Form:
        return 0, ((number, 1),)

    def _expanded(self, form: Form, above: tuple[int, ...]) -> Form | None:
        parts = []
        for word, factor in form[1]:
            inner = self._form(word, above)
            if inner is None:
                return None
            parts.append((inner, factor))
        return self._combine(((form[0], ()), 1), *parts)

    def _shown(self, node: int, number: int) -> Form | None:
        form = self._form_of_node(self._egraph.canonical(node))
        if form is None or len(form[1]) > MOST_WORDS or any(word == number for word, _ in form[1]):
            return None
        return form

    def _form_of_node(self, node: Node) -> Form | None:
        """The form that a node shows; ``None`` if it is no sum."""
        op, args, data = node
        match op:
            case op if op == AFFINE:
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
        elif sum(factor > SIGN for _, factor in words) * 2 > len(words):
            # The factor 2^31 is its own negative: as a negative one, it would be negated for ever.
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
