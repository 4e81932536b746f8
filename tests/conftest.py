import pytest
from hypothesis import settings

from tests.golden_text import Golden

settings.register_profile("slotsmith", deadline=None)  # the first call of a compiled function takes seconds
settings.load_profile("slotsmith")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write what is found to golden files, compare nothing"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden(request.config.getoption("--update-golden"))
