"""News of a results folder: every record and every entry once, whole, and only what was not there before."""

import json
from pathlib import Path

from search.sweep.cluster.job_log import Item
from search.sweep.cluster.job_news import News
from tests.search.sweep.cluster.sent import of_kind, run
from tests.search.sweep.small_sweep import write_sweep


def lines_of(items: list[Item]) -> list[str]:
    return [line for item in items if item["kind"] == "journal" for line in item["lines"]]


def test_a_sweeps_news_are_its_journal_its_entries_and_its_run(tmp_path: Path) -> None:
    results = tmp_path / "results"
    news = News(results)
    assert list(news.collect()) == []
    run(write_sweep(tmp_path / "small.toml"), results)
    items = list(news.collect())
    assert lines_of(items) == (results / "sweeps/small/journal.jsonl").read_text(encoding="utf-8").splitlines()
    assert {item["entry"]["id"] for item in items if item["kind"] == "entry"} == {
        path.stem for path in (results / "entries").glob("*.json")
    }
    assert sum(item["kind"] == "search" for item in items) == 1
    assert {item["sweep"] for item in items if item["kind"] == "journal"} == {"small"}
    assert list(news.collect()) == []


def test_entries_come_from_the_worst_to_the_best() -> None:
    cycles = [item["entry"]["cycles"] for item in of_kind("entry")]
    assert cycles == sorted(cycles, reverse=True)
    assert len(cycles) >= 2


def test_what_was_there_before_is_no_news_but_for_the_journal(tmp_path: Path) -> None:
    """The submitter may have it in part, or not at all."""
    results = tmp_path / "results"
    run(write_sweep(tmp_path / "small.toml"), results)
    before = (results / "sweeps/small/journal.jsonl").read_text(encoding="utf-8").splitlines()
    items = list(News(results).collect())
    assert [item for item in items if item["kind"] == "entry"] == []
    assert lines_of(items) == before


def test_a_record_that_is_being_written_waits_until_it_is_whole(tmp_path: Path) -> None:
    path = write_sweep(tmp_path / "sweeps" / "night" / "journal.jsonl", '{"digest":"d"}\n{"event":')
    news = News(tmp_path)
    (item,) = news.collect()
    assert (item["digest"], item["lines"]) == ("d", ['{"digest":"d"}'])
    with path.open("a", encoding="utf-8") as file:
        file.write('"asked"}\n')
    (item,) = news.collect()
    assert (item["digest"], item["lines"]) == ("d", ['{"event":"asked"}'])


def test_a_long_journal_comes_in_several_items(tmp_path: Path) -> None:
    lines = [json.dumps({"digest": "d", "number": number, "filling": "x" * 1000}) for number in range(3000)]
    write_sweep(tmp_path / "sweeps" / "night" / "journal.jsonl", "\n".join(lines) + "\n")
    items = list(News(tmp_path).collect())
    assert len(items) > 2
    assert lines_of(items) == lines
