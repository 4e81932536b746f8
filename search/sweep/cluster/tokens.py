"""The token with which Ray lets its users in: whether a cluster asks for it, and whether others can read ours."""

import os
import stat
import urllib.error
import urllib.request
from pathlib import Path

_FILE = "RAY_AUTH_TOKEN_PATH"
_REACH_SECONDS = 10.0


def takes_jobs_of_anybody(address: str) -> bool:
    """Whether the job service at a URL answers whoever has no token; false where that cannot be told."""
    try:
        with urllib.request.urlopen(f"{address}/api/jobs/", timeout=_REACH_SECONDS) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError, urllib.error.HTTPError):
        return False


def token_file_warnings() -> list[str]:
    """A line if there is a file with our token that others can read."""
    path = Path(os.environ.get(_FILE) or Path.home() / ".ray" / "auth_token")
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return []
    if not mode & (stat.S_IRWXG | stat.S_IRWXO):
        return []
    return [f"others may read the token in {path} (mode {mode:o}): chmod 600 {path}"]
