import gc

import pytest
from hypothesis import settings

from tests.golden_text import Golden

settings.register_profile("slotsmith", deadline=None)  # the first call of a compiled function takes seconds
settings.load_profile("slotsmith")

gc.set_threshold(50_000, 20, 50)  # large graphs are many objects and no circles: looking for these takes a quarter


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write what is found to golden files, compare nothing"
    )


def pytest_collection_finish() -> None:
    gc.freeze()  # what was imported stays


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden(request.config.getoption("--update-golden"))
