"""Files of others, changed byte by byte or value by value: read, set aside or refused in a line, and never a traceback.

A changed entry that is read must not pass a check unless it says what is true.
"""

import gzip
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from machine.errors import UserError
from machine.model import load_machine
from rewriting.rule import format_rules, load_rules
from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.board.recheck import Verdict, recheck
from search.board.selection import select
from search.files import journal_file
from search.scheduling.policy import default_policy
from search.solver.solve_outcome import SolveLimits
from search.strategy.search_recipe import SearchRecipe
from search.strategy.stage_work import StageWork
from search.survey.survey_row import SurveyRow
from search.survey.survey_table import SurveyTable
from search.sweep.cluster.collect import Collector
from search.sweep.cluster.job_log import JobLog, encode_item
from search.sweep.sweep_file import load_sweep_file
from search.sweep.sweep_journal import journal_path
from search.sweep.trial_recipe import TrialRecipe
from tests.fuzz.target import Result, Tally
from tests.machine.mistakes import RIGHT
from tests.search.cases import TAKEHOME
from tests.search.problems import SMALL_TREE, entry_of
from tests.search.sweep.cluster.sent import sent
from tests.search.sweep.fakes import run, sweep_of
from tests.search.sweep.small_sweep import SWEEP

_RECHECKED = 0.1
"""The share of changed entries that are validated in full."""

_RULES = format_rules(load_rules()[:8])

_SEARCHED = SearchRecipe(64, 5, {"unroll": 2, "how": "add"}, "random,moves", rewrite=True)

_TRIED = TrialRecipe("7:0:12", default_policy(TAKEHOME), 32, (StageWork("moves", 40.0), StageWork("cp-sat", 2.5)))

_ROW = SurveyRow("saxpy", "n=64", "takehome", 14, 14, "load", "saxpy-1", 1.5, 20.0, 2, ("0a" * 32, "1b" * 32))

_TRUE_FIELDS = ("cycles", "hashes", "problem", "shape", "category", "machine")

WILD: tuple[Any, ...] = (
    None, True, -1, 0, 1, 1 << 53, 1 << 70, -0.5, 1e308, "", "x" * 2000, "\x1b[2J\x07", "../../etc/passwd",
    "file.py:Class", [], {}, [[[[]]]], {"a": {"a": {}}}, ["a"] * 50, "\ud800", "1/0", "NaN",
)  # fmt: skip


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="slotsmith-fuzz-") as name:
        yield Path(name)


def changed_bytes(raw: bytes, random: Random) -> bytes:
    """Some bytes changed, left out, put in, repeated or cut off."""
    data = bytearray(raw)
    for _ in range(random.choice((1, 1, 2, 8))):
        place, count = random.randrange(len(data) + 1), random.choice((1, 1, 4, 64))
        kind = random.randrange(5)
        if kind == 0:
            data[place : place + 1] = bytes([random.randrange(256)])
        elif kind == 1:
            del data[place : place + count]
        elif kind == 2:
            data[place:place] = random.randbytes(count)
        elif kind == 3:
            data[place:place] = data[max(0, place - count) : place]
        else:
            del data[place:]
    return bytes(data)


def changed_values(value: Any, random: Random) -> Any:
    """One value somewhere in the data exchanged for another, left out, or put in."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        name = random.choice(list(value))
        if random.random() < 0.1:
            return {key: item for key, item in value.items() if key != name}
        if random.random() < 0.05:
            return {**value, random.choice(("more", "", "x" * 300, "a\nb")): random.choice(WILD)}
        return {**value, name: changed_values(value[name], random)}
    if isinstance(value, list) and value and random.random() < 0.9:
        place = random.randrange(len(value))
        return [*value[:place], changed_values(value[place], random), *value[place + 1 :]]
    if type(value) is int and random.random() < 0.5:
        return value + random.choice((-1, 1, 7))
    return random.choice(WILD)


def _changed_json(raw: bytes, random: Random) -> bytes:
    """JSON changed by values, or as bytes."""
    if random.random() < 0.4:
        return changed_bytes(raw, random)
    return json.dumps(changed_values(json.loads(raw), random)).encode()


def entries(random: Random) -> Tally:
    """An entry, or what is beside it: listed, set aside, rendered, looked for; a check tells what is not true."""
    entry, candidate = entry_of(SMALL_TREE)
    with _folder() as folder:
        board = Leaderboard(folder)
        board.ensure_writable()
        board.add(entry, candidate)
        what = random.choice(("json", "json", "decision.json.gz", "program.json.gz"))
        path = folder / "entries" / f"{entry.id}.{what}"
        raw = path.read_bytes()
        if what == "json":
            path.write_bytes(_changed_json(raw, random))
        elif random.random() < 0.3:
            path.write_bytes(changed_bytes(raw, random))
        else:
            path.write_bytes(gzip.compress(_changed_json(gzip.decompress(raw), random)))
        kind = {"json": "entries", "decision.json.gz": "decisions", "program.json.gz": "programs"}[what]
        if path.read_bytes() == raw:
            return Counter()
        found = board.entries()
        assert len(found) + len(board.unreadable()) == 1
        board.rewrite_pages()
        assert "\x1b" not in (folder / "README.md").read_text(encoding="utf-8")
        _refused(lambda: select(board.placed(), entry.id, None, None, folder))
        if not found:
            return _tally(kind, Result.KILLED)
        if random.random() > _RECHECKED and what == "json":
            return _tally(kind, Result.TRIED)
        return _tally(kind, _rechecked(folder, found[0], entry))


def _rechecked(folder: Path, changed: Entry, true: Entry) -> Result:
    result = recheck(folder, changed, 16, SolveLimits(2.0, workers=1))
    assert result.verdict is not Verdict.FAILED, result.note
    if result.verdict not in (Verdict.VALID, Verdict.OTHER_MACHINE):
        return Result.KILLED
    assert all(getattr(changed, name) == getattr(true, name) for name in _TRUE_FIELDS), "a false entry validates"
    assert result.bound is not None
    assert result.bound.cycles <= changed.cycles
    return Result.EQUIVALENT


def _tally(kind: str, result: Result) -> Tally:
    return Counter({(kind, Result.TRIED): 1} | ({} if result is Result.TRIED else {(kind, result): 1}))


def _refused(action: Callable[[], object]) -> bool:
    """Whether it is a user's error; that is one line, and steers no terminal."""
    try:
        action()
    except UserError as error:
        assert "\x1b" not in str(error), repr(str(error))
        return True
    return False


@cache
def _journal() -> bytes:
    with _folder() as folder:
        run(sweep_of(), folder)
        return journal_path(folder, "night").read_bytes()


def journals(random: Random) -> Tally:
    """The journal of a sweep: the sweep goes on or is refused."""
    lines = _journal().splitlines()
    place = random.randrange(len(lines))
    lines[place] = _changed_json(lines[place], random).replace(b"\n", b" ")
    raw = b"\n".join(lines) + b"\n"
    with _folder() as folder:
        path = journal_path(folder, "night")
        path.parent.mkdir(parents=True)
        path.write_bytes(changed_bytes(raw, random) if random.random() < 0.2 else raw)
        list(journal_file.read(path))

        is_refused = _refused(lambda: run(sweep_of(), folder, resume=True))
        return _tally("journals", Result.KILLED if is_refused else Result.EQUIVALENT)


def _file(kind: str, name: str, text: str, load: Callable[[Path], object], random: Random) -> Tally:
    with _folder() as folder:
        path = folder / name
        path.write_bytes(changed_bytes(text.encode(), random) if random.random() < 0.5 else _other_line(text, random))
        return _tally(kind, Result.KILLED if _refused(lambda: load(path)) else Result.EQUIVALENT)


def _other_line(text: str, random: Random) -> bytes:
    """TOML with another value in one line, or a line twice."""
    lines = text.splitlines()
    place = random.randrange(len(lines))
    name, equals, _ = lines[place].partition("=")
    values = ("-1", "0", "true", "1e9", "inf", '""', "[]", "{}", '"\\u001b[2J"', "9" * 30, "[1, [2]]", "1979-05-27")
    lines[place] = f"{name}= {random.choice(values)}" if equals else f"{lines[place]}\n{lines[place]}"
    return "\n".join(lines).encode()


def sweep_files(random: Random) -> Tally:
    """A sweep file: read or refused."""
    return _file("sweep files", "small.toml", SWEEP, load_sweep_file, random)


def machine_files(random: Random) -> Tally:
    """A machine file: read or refused."""
    return _file("machine files", "example.toml", RIGHT, lambda path: load_machine(str(path)), random)


def rule_files(random: Random) -> Tally:
    """A file of rules: read or refused."""
    return _file("rule files", "rules.toml", _RULES, lambda path: load_rules(str(path)), random)


def records(random: Random) -> Tally:
    """Recipes of searches and trials, and the table of a survey: read or refused, and what is read can be written."""
    kind, given = random.choice((("recipes of searches", _SEARCHED), ("recipes of trials", _TRIED), ("surveys", _ROW)))
    changed = changed_values(given.to_json(), random)
    with _folder() as folder:
        survey = SurveyTable(folder)
        survey.path.write_text(json.dumps({"format": 1, "rows": [changed]}), encoding="utf-8")

        def read_and_write() -> None:
            if given is _ROW:
                survey.write(survey.read())
            elif given is _TRIED:
                TrialRecipe.from_json(changed).to_json()
            else:
                SearchRecipe.from_json(changed).to_json()

        is_refused = _refused(read_and_write)
        assert survey.page.exists() == (given is _ROW and not is_refused)
    return _tally(kind, Result.KILLED if is_refused else Result.EQUIVALENT)


def job_logs(random: Random) -> Tally:
    """The log of a job: what it carries is taken, refused or counted as damaged."""
    items = sent()
    item = random.choice(items)
    changed = changed_values(item, random)
    text = "".join(encode_item(0, changed)) + "\x1b[2J a line\n"
    if random.random() < 0.3:
        text = changed_bytes(text.encode(), random).decode("utf-8", "replace")
    log, kept = JobLog(), 0
    with _folder() as folder:
        board = Leaderboard(folder)
        board.ensure_writable()
        collector = Collector(board, None)
        for each in [*log.feed(text), *log.finish()]:
            if isinstance(each, dict):
                collector.take(each)
                kept += 1
        assert board.unreadable() == []
        for entry in board.entries():
            assert "\x1b" not in json.dumps(entry.to_json(), ensure_ascii=False)
    return _tally("items of jobs", Result.EQUIVALENT if kept else Result.KILLED)
