"""The head of a Ray may be away for a while; after that a sweep ends in one line."""

import socket

import pytest

from machine.errors import UserError
from search.sweep.executors.ray_head import RayHead


def test_a_head_that_comes_back_in_time_is_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()
        head = RayHead(f"{host}:{port}")
        assert head.is_there()
    assert not head.is_there()
    with socket.create_server((host, port)):
        assert head.is_there()


def test_a_head_that_has_gone_ends_the_sweep_in_one_line_that_says_how_to_go_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()
        head = RayHead(f"{host}:{port}", patience=0.0)
        assert head.is_there()
    with pytest.raises(UserError, match=f"the head of Ray at {host}:{port} has gone .*refused.*--resume"):
        head.is_there()
