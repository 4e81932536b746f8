"""What every search needs is compiled before its time begins, by one worker, and said."""

from pathlib import Path

import pytest

from search.processes.workers import InProcess
from search.strategy import compiling_first
from search.strategy.budget import Budget
from search.strategy.compiling_first import COMPILING, compile_first, compile_here, search_small
from search.strategy.progress import Progress, Watch
from tests.search.problems import SMALL_TREE
from tests.search.strategy.cases import watched
from tests.search.strategy.sessions import run


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    called: list[str] = []
    monkeypatch.setattr(compiling_first, "search_small", lambda: called.append("compiled"))
    return called


def test_the_clock_begins_when_it_is_compiled(monkeypatch: pytest.MonkeyPatch, calls: list[str]) -> None:
    monkeypatch.setattr(compiling_first, "is_cached", lambda function: False)
    stages: list[str] = []
    watch = Watch(Progress(started=0.0), lambda progress: stages.append(progress.stage))
    assert watch.progress.seconds > 60.0
    compile_first(InProcess(), watch)
    assert (calls, stages, watch.progress.stage) == (["compiled"], [COMPILING], "")
    assert watch.progress.seconds < 10.0


def test_what_is_compiled_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch, calls: list[str]) -> None:
    monkeypatch.setattr(compiling_first, "is_cached", lambda function: True)
    compile_first(InProcess(), watched())
    compile_here()
    assert calls == []


def test_it_may_be_compiled_ahead(monkeypatch: pytest.MonkeyPatch, calls: list[str]) -> None:
    monkeypatch.setattr(compiling_first, "is_cached", lambda function: False)
    compile_here()
    assert calls == ["compiled"]


def test_a_session_begins_with_it(monkeypatch: pytest.MonkeyPatch, calls: list[str], folder: Path) -> None:
    monkeypatch.setattr(compiling_first, "is_cached", lambda function: False)
    run(SMALL_TREE, folder, Budget(schedules=1))
    assert calls == ["compiled"]


def test_after_the_small_search_nothing_is_left_to_compile(calls: list[str]) -> None:
    search_small()
    compile_first(InProcess(), watched())
    assert calls == []
