"""The report of a sweep: one HTML file with everything in it, that no script and no network is needed to read."""

import base64
from collections.abc import Callable, Iterable, Sequence
from html import escape
from pathlib import Path

from machine.errors import UserError
from search.files.whole_file import write_whole
from search.sweep.reporting.analyze import StudyAnalysis, SweepAnalysis
from search.sweep.reporting.plots import Picture, pictures
from search.sweep.reporting.tables import (
    TextTable,
    facts,
    failures_table,
    feature_rows,
    importance_table,
    remarks,
    studies_table,
    value_rows,
)

_STYLE = """
body { margin: 2rem auto; max-width: 84rem; padding: 0 1rem; color: #222; background: #fff;
  font: 15px/1.45 system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.2rem; } h3 { font-size: 1.05rem; margin-top: 1.8rem; }
dl { display: grid; grid-template-columns: max-content auto; gap: .2rem 1rem; } dt { color: #666; } dd { margin: 0; }
.wide { overflow-x: auto; } .tables { display: flex; flex-wrap: wrap; gap: 0 2.5rem; align-items: flex-start; }
table { border-collapse: collapse; margin: .6rem 0 1.2rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: #666; padding-bottom: .2rem; }
th, td { padding: .2rem .7rem; text-align: right; vertical-align: top; border-bottom: 1px solid #ddd; }
th { border-bottom: 2px solid #888; } .text { text-align: left; overflow-wrap: anywhere; min-width: 4rem; }
img { max-width: 100%; height: auto; } ul { color: #444; }
"""

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser may load: nothing but what is in the file."""


Render = Callable[[SweepAnalysis, Sequence[Picture]], str]
"""Makes the report of an analysis and its pictures."""


def write_report(sweep: SweepAnalysis, folder: Path, suffix: str = "", render: Render | None = None) -> list[Path]:
    """Write the report and its pictures, each whole or not at all, in place of earlier ones.

    Args:
        sweep: the analysis.
        folder: where they go; made if need be.
        suffix: of their names, before the ending.
        render: makes the report; if not given, it is the plain one of :func:`render_report`.

    Returns:
        The files written, the report first.

    Raises:
        UserError: they cannot be written.
    """
    drawn = list(pictures(sweep))
    files = {folder / f"report{suffix}.html": (render or render_report)(sweep, drawn).encode()}
    files |= {folder / f"{picture.name}{suffix}.png": picture.png for picture in drawn}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            write_whole(path, content)
    except OSError as error:
        raise UserError(f"cannot write {folder}: {error.strerror}") from None
    return list(files)


def render_report(sweep: SweepAnalysis, drawn: Sequence[Picture]) -> str:
    """The report as HTML."""
    title = f"sweep {escape(sweep.name)}"
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>",
            *_facts(sweep),
            _table(studies_table(sweep)),
            "<h2>Best so far</h2>",
            *_images(drawn, "progress"),
            *(["<h2>Features of the machine</h2>", *_images(drawn, "features")] if sweep.features else []),
            *(_table(feature_rows(series)) for series in sweep.features),
            "<h2>Knob importance</h2>",
            *_images(drawn, "importance"),
            *(line for study in sweep.studies for line in _study(study)),
            "<h2>Failures</h2>",
            *_images(drawn, "failures"),
            _table(failures_table(sweep)) if sweep.failures else "",
            "<h2>How to read this</h2>\n<ul>",
            *(f"<li>{escape(remark)}</li>" for remark in remarks()),
            "</ul>\n</body>\n</html>\n",
        ]
    )


def _facts(sweep: SweepAnalysis) -> Iterable[str]:
    yield "<dl>"
    for name, value in facts(sweep):
        yield f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
    yield "</dl>"


def _study(study: StudyAnalysis) -> Iterable[str]:
    yield f"<h3>Study {study.number}: {escape(study.title)}</h3>"
    if study.importance.reason is not None:
        yield f"<p>No importance: {escape(study.importance.reason)}.</p>"
        return
    tables = [importance_table(study), *(value_rows(study, table) for table in study.values)]
    yield f'<div class="tables">{"".join(map(_table, tables))}</div>'


def _images(drawn: Iterable[Picture], name: str) -> Iterable[str]:
    for picture in drawn:
        if picture.name.split("-")[0] == name:
            data = base64.b64encode(picture.png).decode()
            yield f'<p><img alt="{escape(picture.shows)}" src="data:image/png;base64,{data}"></p>'


def _table(table: TextTable) -> str:
    kinds = ['class="text"' if place < table.texts else "" for place in range(len(table.columns))]
    head = "".join(f"<th {kind}>{escape(name)}</th>" for kind, name in zip(kinds, table.columns, strict=True))
    rows = [
        "".join(f"<td {kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=True)) for row in table.rows
    ]
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    caption = f"<caption>{escape(table.title)}</caption>"
    return f'<div class="wide"><table>{caption}\n<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>'
