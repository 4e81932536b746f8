"""Knobs for all operations of a kind at once."""

from collections.abc import Iterator

from machine.model import Machine
from problems.knobs import ChoiceKnob, IntegerKnob, Knob

PRODUCTS, TOTALS, FUSED, APART = "products", "totals", "fused", "apart"
CHOICES, OF_CHOICES = "choices", 4
BY_LANES, OF_CONSTANTS = "by_lanes", 4


def wholesale_knobs(machine: Machine, products: int, totalled: int, choices: int, constants: int) -> Iterator[Knob]:
    """The knobs of a kernel.

    Args:
        machine: the machine.
        products: that may be fused with a sum they are in.
        totalled: products that may be fused with the total that takes them.
        choices: that may be selects.
        constants: with which vectors are combined by opcodes that single lanes have, too.
    """
    if products:
        fused = "whether products that are added to something are one operation"
        yield ChoiceKnob(PRODUCTS, FUSED, fused, (FUSED, APART))
    if totalled:
        fused = "whether products that a total takes are one operation with its sum"
        yield ChoiceKnob(TOTALS, usual_totals(machine), fused, (FUSED, APART), formerly=APART)
    if choices:
        how_many = f"of {OF_CHOICES} choices by a flag, how many are products, not selects"
        yield IntegerKnob(CHOICES, usual_products(machine), how_many, 0, OF_CHOICES)
    if constants:
        how_many = (
            f"of {OF_CONSTANTS} constants, with how many vectors are combined by lanes alone, without a broadcast"
        )
        yield IntegerKnob(BY_LANES, 0, how_many, 0, OF_CONSTANTS)


def usual_products(machine: Machine) -> int:
    """Of four choices, how many had better be products: none unless vectors have far more arithmetic than selects."""
    selects = sum(machine.engines[each.engine].slots for each in machine.having("vselect"))
    sums = sum(machine.engines[each.engine].slots for each in machine.having("+", vector=True))
    return OF_CHOICES - 1 if sums > OF_CHOICES * selects > 0 else 0


def usual_totals(machine: Machine) -> str:
    """Whether products had better be one operation with their total: unless it then waits longer for each of them."""
    fused, sums = (machine.having(opcode, vector=True) for opcode in ("multiply_add", "+"))
    waits = min(map(machine.latency, fused), default=0) > min(map(machine.latency, sums), default=0)
    return APART if waits else FUSED
