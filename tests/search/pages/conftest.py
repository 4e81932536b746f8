from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.search.pages.browser import open_browser, resize


@pytest.fixture(scope="session")
def session_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with open_browser(tmp_path_factory.mktemp("browser")) as driver:
        yield driver


@pytest.fixture
def browser(session_browser: Any) -> Any:
    """A browser with a wide and light window."""
    resize(session_browser, 1400)
    return session_browser


@pytest.fixture(scope="session")
def board() -> Path:
    """The results folder of the repository; to be read only."""
    return Path(__file__).parents[3] / "results"
