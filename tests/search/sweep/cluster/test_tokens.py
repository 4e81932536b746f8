"""Whether a cluster lets anybody in, and whether others can read our token."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from search.sweep.cluster.tokens import takes_jobs_of_anybody, token_file_warnings


@contextmanager
def answering(status: int) -> Iterator[str]:
    """A service that gives whoever asks for its jobs that answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/api/jobs/" else 404)
            self.end_headers()
            self.wfile.write(b"[]")

        def log_message(self, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.mark.parametrize(("status", "is_open"), [(200, True), (401, False), (403, False), (500, False)])
def test_a_cluster_that_answers_without_a_token_takes_jobs_of_anybody(status: int, is_open: bool) -> None:
    with answering(status) as address:
        assert takes_jobs_of_anybody(address) is is_open


def test_where_nobody_answers_nothing_is_said() -> None:
    assert not takes_jobs_of_anybody("http://127.0.0.1:1")


@pytest.mark.parametrize(("mode", "is_told"), [(0o600, False), (0o400, False), (0o644, True), (0o660, True)])
def test_a_token_that_others_can_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, is_told: bool
) -> None:
    path = tmp_path / "token"
    path.write_text("secret", encoding="utf-8")
    path.chmod(mode)
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(path))
    lines = token_file_warnings()
    assert bool(lines) is is_told
    if is_told:
        assert lines == [f"others may read the token in {path} (mode {mode:o}): chmod 600 {path}"]
        assert "secret" not in lines[0]


def test_without_a_token_there_is_nothing_to_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "none"))
    assert token_file_warnings() == []
