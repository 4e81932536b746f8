"""Prices of slots as integers, so that compiled code and arrays can reckon with them."""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

MOST = (1 << 63) - 1
"""The greatest number that arrays hold."""

_DENOMINATOR = 1 << 20


def integer_prices(prices: Sequence[Fraction]) -> list[int]:
    """The prices, times the least number that makes all of them integers."""
    scale = lcm(*(price.denominator for price in prices))
    return [int(price * scale) for price in prices]


def rounded_prices(prices: Sequence[Fraction]) -> list[Fraction]:
    """Prices near these, of one denominator, so that their integers have few digits."""
    return [Fraction(round(price * _DENOMINATOR), _DENOMINATOR) for price in prices]
