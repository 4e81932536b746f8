"""Knobs for all operations of a kind at once."""

from collections.abc import Iterator

from problems.knobs import ChoiceKnob, IntegerKnob, Knob

PRODUCTS, FUSED, APART = "products", "fused", "apart"
CHOICES, OF_CHOICES = "choices", 4


def wholesale_knobs(products: int, choices: int) -> Iterator[Knob]:
    """The knobs of a kernel with so many products that may be fused, and choices that may be selects."""
    if products:
        fused = "whether products that are added to something are one operation"
        yield ChoiceKnob(PRODUCTS, FUSED, fused, (FUSED, APART))
    if choices:
        how_many = f"of {OF_CHOICES} choices by a flag, how many are products, not selects"
        yield IntegerKnob(CHOICES, 0, how_many, 0, OF_CHOICES)
