"""Pictures of a sweep's analysis, drawn with Matplotlib where there need be no display."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from search.sweep.reporting.analyze import SweepAnalysis
from search.sweep.reporting.bar_plots import draw_failures, draw_importance
from search.sweep.reporting.feature_plot import draw_features
from search.sweep.reporting.progress_plot import draw_progress

_DPI = 120

_STUDIES = 8
"""In one picture: more would be too small to read, or too large to see."""

_CHARTS = 12
"""Of features, in one picture."""


@dataclass(frozen=True)
class Picture:
    """A picture.

    Attributes:
        name: of its file, without the ending.
        shows: what it shows, in words.
        png: its bytes.
    """

    name: str
    shows: str
    png: bytes


def pictures(sweep: SweepAnalysis) -> Iterator[Picture]:
    """Best so far and importance, eight studies a picture; features of a machine, if some are varied; failures."""
    pages = [sweep.studies[start : start + _STUDIES] for start in range(0, len(sweep.studies), _STUDIES)] or [()]
    for number, page in enumerate(pages, 1):
        shows = "best so far over time and over trials, by study"
        yield Picture(_page("progress", number), shows, png_of(draw_progress(sweep, page)))
    for number, page in enumerate(pages, 1):
        shows = "knob importance, by study"
        yield Picture(_page("importance", number), shows, png_of(draw_importance(sweep, page)))
    for number, start in enumerate(range(0, len(sweep.features), _CHARTS), 1):
        drawn = draw_features(sweep.features[start : start + _CHARTS])
        yield Picture(_page("features", number), "cycles against features of the machine", png_of(drawn))
    yield Picture("failures", "trials that failed, by kind", png_of(draw_failures(sweep)))


def png_of(figure: Figure) -> bytes:
    """A figure as PNG."""
    FigureCanvasAgg(figure)
    file = BytesIO()
    figure.savefig(file, format="png", dpi=_DPI)
    return file.getvalue()


def _page(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"
