"""How plots look.

Colours are those of Okabe and Ito, which people tell apart however they see colours; where there are several kinds of
dots they differ in shape too.
"""

from textwrap import wrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

BLUE, SKY, ORANGE, GREEN, VERMILLION, PURPLE = "#0072B2", "#56B4E9", "#E69F00", "#009E73", "#D55E00", "#CC79A7"
BLACK, GREY, LIGHT = "#222222", "#6E6E6E", "#C8C8C8"

SMALL, NORMAL, LARGE = 8.5, 9.5, 12.0
"""Sizes of text, in points."""


def sheet(width: float, height: float) -> Figure:
    """An empty figure of so many inches, which finds room for all its texts."""
    return Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.06))


def plain(text: str, width: int, lines: int = 1) -> str:
    """A text for Matplotlib, to which dollars would mean a formula.

    Args:
        text: the text.
        width: characters of a line, at most.
        lines: how many there may be; of a longer text the middle is left out, for the ends tell tasks apart.
    """
    words = " ".join(text.split())
    wrapped, left = wrap(words, width), min(len(words), width * lines)
    while len(wrapped) > lines:
        left -= 1
        ends = words[: left // 2], words[len(words) - (left - left // 2) :]
        wrapped = wrap("\N{HORIZONTAL ELLIPSIS}".join(ends), width)
    return "\n".join(wrapped).replace("$", r"\$")


def say(axes: Axes, text: str) -> None:
    """Write in the middle of axes why there is nothing to draw."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=GREY, fontsize=NORMAL)


def tidy(axes: Axes) -> None:
    """Leave out the half of the frame that says nothing."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=SMALL, colors=BLACK)
    axes.set_axisbelow(True)
