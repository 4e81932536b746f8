"""Cycles that others have reached on the take-home's machine, by shape and category."""

from collections.abc import Mapping

HEADLINE = {"height": 10, "rounds": 16, "batch": 256}

_BASELINE = {"scalar baseline": 147_734}

SCORES: Mapping[str, Mapping[str, int]] = {
    "values": {
        **_BASELINE,
        "published model result, casual": 1790,
        "published model result, 11.5 hours": 1487,
        "published model result, improved harness": 1363,
        "best public program that also works for other shapes": 1063,
        "public program, one shape, searched orders": 1006,
        "another of those": 975,
        "best with public code": 923,
        "best claim": 869,
    },
    "values+indices": {**_BASELINE, "best claim": 899},
}
"""For the headline shape, by category."""


def known_scores(shape: Mapping[str, int], category: str) -> Mapping[str, int]:
    """The scores for a task; none but for the headline shape."""
    return SCORES[category] if dict(shape) == HEADLINE else {}
