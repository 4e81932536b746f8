"""The report of a sweep: one file that needs no other, whatever users call things."""

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from machine.errors import UserError
from search.sweep.reporting.analyze import SweepAnalysis, analyze
from search.sweep.reporting.history import read_history
from search.sweep.reporting.plots import Picture, pictures
from search.sweep.reporting.report import render_report, write_report
from tests.search.sweep.reporting.journals import TITLES, Written, night

EMPTY_TAGS = {"meta", "img"}
FILES = ["report.html", "progress.png", "importance.png", "failures.png"]


class Page(HTMLParser):
    """What is on a page; every tag is closed in its place."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in EMPTY_TAGS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def analysis(written: Written) -> SweepAnalysis:
    return analyze(read_history(written.records, "night"))


@pytest.fixture(scope="module")
def sweep() -> SweepAnalysis:
    return analysis(night(90))


@pytest.fixture(scope="module")
def drawn(sweep: SweepAnalysis) -> list[Picture]:
    return list(pictures(sweep))


def test_it_stands_alone(sweep: SweepAnalysis, drawn: list[Picture]) -> None:
    text = render_report(sweep, drawn)
    page = Page(text)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "iframe", "object", "embed", "a"})
    for _, attributes in page.tags:
        assert not any(name.startswith("on") or name == "href" for name in attributes)
        assert (attributes.get("src") or "data:").startswith("data:")
    assert not re.search(r"url\(|@import|https?:", text)
    (policy,) = [attributes["content"] for _, attributes in page.tags if "http-equiv" in attributes]
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_it_holds_the_pictures_with_words_for_those_who_do_not_see_them(
    sweep: SweepAnalysis, drawn: list[Picture]
) -> None:
    images = [attributes for tag, attributes in Page(render_report(sweep, drawn)).tags if tag == "img"]
    assert [image["alt"] for image in images] == [picture.shows for picture in drawn]
    for image, picture in zip(images, drawn, strict=True):
        assert base64.b64decode(str(image["src"]).removeprefix("data:image/png;base64,")) == picture.png


def test_it_says_what_the_terminal_says(sweep: SweepAnalysis, drawn: list[Picture]) -> None:
    said = Page(render_report(sweep, drawn)).texts
    best = [str(study.best.cycles) for study in sweep.studies if study.best]
    for text in [*TITLES, *best, "groups_in_flight", "AllocationError", "killed after 300 s"]:
        assert text in said
    assert any("are cut out" in text for text in said)


def test_names_and_messages_are_text_and_nothing_else(drawn: list[Picture]) -> None:
    evil = '<script>alert("&amp;")</script>'
    written = Written(name=evil, file={"studies": [{"problem": evil}]})
    for trial in range(12):
        written.ran(trial, 30 + trial, **{evil: trial})
    written.ended(12, ending="raised", error=(evil, evil))
    page = Page(render_report(analysis(written), drawn))
    assert "script" not in {tag for tag, _ in page.tags}
    assert sum(evil in text for text in page.texts) >= 7


# Files


def test_it_is_written_with_its_pictures_and_nothing_else_is(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "for it"
    assert write_report(analysis(Written(file={})), folder) == [folder / name for name in FILES]
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in folder.iterdir())


def test_the_same_journal_gives_the_same_files_in_place_of_the_old_ones(tmp_path: Path) -> None:
    written = night(12, studies=1, file={})
    (tmp_path / "report.html").write_text("old", encoding="utf-8")
    files = write_report(analysis(written), tmp_path)
    first = [path.read_bytes() for path in files]
    assert write_report(analysis(written), tmp_path) == files
    assert [path.read_bytes() for path in files] == first
    assert len(list(tmp_path.iterdir())) == len(FILES)


def test_a_part_of_a_sweep_has_files_of_its_own(tmp_path: Path) -> None:
    files = write_report(analysis(Written()), tmp_path, "-study1")
    assert [path.name for path in files] == [name.replace(".", "-study1.") for name in FILES]


def test_where_it_cannot_be_written_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot write .*file: File exists"):
        write_report(analysis(Written()), tmp_path / "file")


def test_what_cannot_be_written_whole_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    (tmp_path / "report.html" / "kept").touch()
    with pytest.raises(UserError, match="cannot write"):
        write_report(analysis(Written()), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
