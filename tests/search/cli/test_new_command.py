"""``slotsmith new``: what it writes is right as it stands, and nothing is lost by it."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from tests.search.cli.conftest import Command

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", ["alpha_blend", "AlphaBlend"])
def test_it_writes_a_kernel_and_a_test_and_says_what_to_do_next(command: Command, tmp_path: Path, name: str) -> None:
    ran = command("new", name)
    assert ran.code == 0, ran.err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["alpha_blend.py", "test_alpha_blend.py"]
    assert "slotsmith check alpha_blend.py:AlphaBlend" in ran.out


def test_what_it_says_to_do_next_works(command: Command, tmp_path: Path) -> None:
    command("new", "alpha_blend", "--folder", "kernels")
    kernel = "kernels/alpha_blend.py:AlphaBlend"
    assert "right" in command("check", kernel).out
    assert "new best" in command("search", kernel, "--schedules", "8", "--workers", "0", "--inputs", "64").out


def test_its_test_passes_and_fails_where_the_kernel_is_wrong(command: Command, tmp_path: Path) -> None:
    command("new", "alpha_blend")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not search", "test_alpha_blend.py"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    kernel = tmp_path / "alpha_blend.py"
    kernel.write_text(kernel.read_text().replace("k.min(factor[0] * x[i], limit[0])", "factor[0] * x[i]"))
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "KernelError" in done.stdout


@pytest.mark.parametrize("settings", [["--isolated"], ["--config", str(ROOT / "pyproject.toml")]])
def test_ruff_has_nothing_to_say(command: Command, tmp_path: Path, settings: list[str]) -> None:
    command("new", "alpha_blend")
    ruff = Path(sys.executable).with_name("ruff")
    for words in (["check"], ["format", "--check"]):
        done = subprocess.run([ruff, *words, *settings, "."], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_nothing_is_overwritten(command: Command, tmp_path: Path) -> None:
    (tmp_path / "test_alpha_blend.py").write_text("mine")
    assert "test_alpha_blend.py is there already" in command("new", "alpha_blend").refusal
    assert [file.read_text() for file in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("9lives", "no name for a kernel"),
        ("alpha-blend", "no name for a kernel"),
        ("../alpha", "no name for a kernel"),
        ("class", "no name for a kernel"),
        ("_hidden", "no name for a kernel"),
        ("ärger", "no name for a kernel"),
        ("", "no name for a kernel"),
        ("json", "the name of a module"),
        ("numpy", "the name of a module"),
        ("search", "the name of a module"),
        ("test_it", "the name of a module or test"),
        ("a" * 61, "too long"),
    ],
)
def test_names_that_make_no_file_or_hide_a_module_are_refused(
    command: Command, tmp_path: Path, name: str, said: str
) -> None:
    assert said in command("new", name).refusal
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_is_refused(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot write in file" in command("new", "alpha_blend", "--folder", "file").refusal


def test_on_a_full_disk_nothing_is_left(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def open_one(path: Path, *rest: str, **named: str) -> object:
        if path.name == "test_alpha_blend.py":
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, *rest, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", open_one)
    assert "cannot write in .: No space left on device" in command("new", "alpha_blend").refusal
    assert list(tmp_path.iterdir()) == []
