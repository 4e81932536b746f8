import gc
import os
import signal

import pytest
from hypothesis import settings

from search.processes.garbage import collect_rarely
from tests.golden_text import Golden

settings.register_profile("slotsmith", deadline=None)  # the first call of a compiled function takes seconds
settings.load_profile("slotsmith")

collect_rarely()


def pytest_configure() -> None:
    """Signals do what they do in a terminal, also where the tests were started in the background or with nohup."""
    for each, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(each) is signal.SIG_IGN:
            signal.signal(each, usual)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write what is found to golden files, compare nothing"
    )


@pytest.hookimpl(optionalhook=True)  # where xdist is not loaded, nobody asks
def pytest_xdist_auto_num_workers() -> int | None:
    """Workers for ``-n auto``: one more than cores, for tests wait a quarter of their time, for processes and Ray."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests go first, so that workers end together: what is left at the end takes no time.

    Before them those that start a Ray, of which there is one at a time: whichever worker has the first of them has them
    all, as others take tests from the end of what it has, and nobody waits for it.
    """
    ray, slow = ({item.path for item in items if item.get_closest_marker(name)} for name in ("ray", "slow"))
    items.sort(key=lambda item: (item.path not in ray, item.path not in slow))


def pytest_collection_finish() -> None:
    gc.freeze()  # what was imported stays


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden(request.config.getoption("--update-golden"))
