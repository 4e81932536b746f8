"""Another package of one of our names ahead on the path is an error that says so, never a silent mixture."""

import subprocess
import sys
from pathlib import Path

import pytest

from slotsmith.packages import PACKAGES, check_packages

ROOT = Path(__file__).parents[2]


def run(arguments: list[str], path: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *arguments]
    environment = {"PYTHONPATH": f"{path}:{ROOT}", "PATH": "/usr/bin:/bin", "HOME": str(Path.home())}
    return subprocess.run(command, cwd=path, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", PACKAGES)
@pytest.mark.parametrize("form", ["package", "module"])
def test_a_shadowed_package_stops_the_library_and_the_command(tmp_path: Path, name: str, form: str) -> None:
    if form == "package":
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    else:
        (tmp_path / f"{name}.py").touch()
    imported = run(["-c", "import slotsmith"], tmp_path)
    assert imported.returncode == 1
    assert f"ImportError: Slotsmith needs its own package '{name}'" in imported.stderr
    started = run(["-c", "from slotsmith_command import main; main()", "problems"], tmp_path)
    assert started.returncode == 2
    (line,) = started.stderr.splitlines()
    assert line.startswith(f"slotsmith: Slotsmith needs its own package '{name}'")
    assert str(tmp_path) in line


def test_other_packages_on_the_path_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "numbers_of_mine").mkdir()
    assert run(["-c", "import slotsmith"], tmp_path).returncode == 0


def test_a_missing_package_is_named() -> None:
    with pytest.raises(ImportError, match=r"needs its own package 'no_such_package'.*finds nothing"):
        check_packages(ROOT, ["no_such_package"])
