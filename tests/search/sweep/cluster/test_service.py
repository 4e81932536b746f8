"""Where jobs are, and what is said where there are none."""

import sys

import pytest

from machine.errors import UserError
from search.sweep.cluster.jobs import Status
from search.sweep.cluster.service import DEFAULT_ADDRESS, open_service, service_address

VARIABLES = ("RAY_API_SERVER_ADDRESS", "RAY_ADDRESS")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


ADDRESSES = [
    ("http://head:8265", "http://head:8265"),
    ("https://head/ray/", "https://head/ray"),
    ("head:8265", "http://head:8265"),
    ("192.0.2.1:80", "http://192.0.2.1:80"),
    ("[2001:db8::1]:8265", "http://[2001:db8::1]:8265"),
    ("auto", DEFAULT_ADDRESS),
    (None, DEFAULT_ADDRESS),
]


@pytest.mark.parametrize(("given", "address"), ADDRESSES)
def test_an_address_is_a_url(given: str | None, address: str) -> None:
    assert service_address(given) == address


@pytest.mark.parametrize("given", ["ray://head:10001", "http://", "ftp://head", "head:many", "head:0", ":8265"])
def test_what_is_none_of_a_dashboard_is_refused(given: str) -> None:
    with pytest.raises(UserError, match=r"write http://HOST:8265"):
        service_address(given)


def test_rays_variables_count_where_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "second:1")
    assert service_address(None) == "http://second:1"
    monkeypatch.setenv("RAY_API_SERVER_ADDRESS", "http://first:1")
    assert service_address(None) == "http://first:1"
    assert service_address("mine:1") == "http://mine:1"
    monkeypatch.setenv("RAY_API_SERVER_ADDRESS", "")
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    assert service_address(None) == DEFAULT_ADDRESS


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "search.sweep.cluster.ray_jobs", raising=False)
    monkeypatch.setitem(sys.modules, "ray.job_submission", None)
    with pytest.raises(UserError, match=r"pip install -e '\.\[ray\]'"):
        open_service(DEFAULT_ADDRESS)


def test_a_job_has_ended_or_has_not() -> None:
    assert [status for status in Status if not status.has_ended] == [Status.PENDING, Status.RUNNING]
