"""A sweep over Ray for hours, with random faults: `python scripts/long_run.py --hours 2`; exit 1 if anything is lost.

The sweep is interrupted, terminated and killed at random moments, and workers of Ray are killed; each time it goes on
with --resume.  In the end journal and leaderboard must be those of the same sweep, undisturbed, on worker processes.
The memory of the driver is plotted over time, with a mark at each fault.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from matplotlib.figure import Figure

from machine.errors import UserError
from search.board.leaderboard import Leaderboard
from search.files import journal_file
from search.sweep.sweep_journal import journal_path

NAME = "long-run"
SWEEP = """
name = "long-run"
seed = {seed}
sampler.kind = "random"
trial = {{ schedules = 4, inputs = 16 }}

[[studies]]
problem = "tree_hash"
shapes = ["height=2,rounds=3,batch=16", "height=3,rounds=4,batch=16"]

[[studies]]
problem = "hash_vectors"
shapes = ["vectors=4"]
"""
SAMPLE_SECONDS = 2.0
PATIENCE_SECONDS = 120.0
TELLING_SECONDS = 300.0
SETTLED_SECONDS = 30.0
"""After a start, in which memory grows as modules are loaded."""


@dataclass
class Watched:
    """What was seen: seconds since the start and MiB of the driver, one row for each sample; and faults, by kind."""

    begun: float = field(default_factory=time.monotonic)
    samples: list[tuple[int, float, float, float]] = field(default_factory=list)
    faults: list[tuple[float, str]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.begun

    def growth(self) -> float | None:
        """MiB an hour that the longest-lived driver grew by once it had settled: between the means of its halves.

        ``None`` where none has lived long enough to tell.
        """
        lives = Counter(pid for pid, _, age, _ in self.samples if age > SETTLED_SECONDS)
        if not lives:
            return None
        pid = lives.most_common(1)[0][0]
        rows = [(age, memory) for each, _, age, memory in self.samples if each == pid and age > SETTLED_SECONDS]
        half = len(rows) // 2
        if rows[-1][0] < TELLING_SECONDS:
            return None
        (a, x), (b, y) = (tuple(map(_mean, zip(*part, strict=True))) for part in (rows[:half], rows[half:]))
        return (y - x) / max(b - a, 1e-9) * 3600


def _mean(values: Any) -> float:
    return sum(values) / len(values)


def start(sweep: Path, results: Path, *more: str) -> "subprocess.Popen[bytes]":
    """The sweep, in a session of its own."""
    words = [sys.executable, "-m", "slotsmith", "sweep", str(sweep), "--results", str(results), "--resume", "--quiet"]
    with (results / "log.txt").open("ab") as log:
        return subprocess.Popen([*words, *more], stdout=log, stderr=log, start_new_session=True)


def memory_of(pid: int) -> float:
    """MiB that a process has in memory; 0 if it is gone."""
    try:
        return (
            int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        )
    except (OSError, ValueError):
        return 0.0


def ray_workers(driver: int) -> list[int]:
    """Processes of Ray's workers that run a trial of a driver which has started its own Ray."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().startswith(b"ray::_serve_call") and descends(int(path.parent.name), driver):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def descends(pid: int, ancestor: int) -> bool:
    """Whether a process was started by another, or by one that was."""
    while pid > 1 and pid != ancestor:
        # The parent's number is the second field after the name, which stands in brackets and may hold anything.
        pid = int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    return pid == ancestor


def run_with_faults(
    sweep: Path, results: Path, hours: float, pause: float, workers: int, draw: random.Random
) -> Watched:
    """Run the sweep for so long, with a fault every ``pause`` seconds or so."""
    watched = Watched()
    while watched.seconds < hours * 3600:
        process, started = start(sweep, results, "--executor", "ray", "--workers", str(workers)), time.monotonic()
        due = draw.uniform(0.3, 2.0) * pause
        while process.poll() is None and watched.seconds < hours * 3600:
            time.sleep(min(SAMPLE_SECONDS, due))
            age = time.monotonic() - started
            watched.samples.append((process.pid, watched.seconds, age, memory_of(process.pid)))
            if age >= due:
                due += draw.uniform(0.3, 2.0) * pause
                inject(process, watched, draw)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            raise UserError(f"the sweep does not end, {PATIENCE_SECONDS:g} s after {watched.faults[-1:]}") from None
    return watched


def inject(process: "subprocess.Popen[bytes]", watched: Watched, draw: random.Random) -> None:
    """One fault."""
    workers = ray_workers(process.pid)
    kinds = ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL", *["a worker killed"] * (3 if workers else 0)]
    kind = draw.choice(kinds)
    watched.faults.append((watched.seconds, kind))
    if kind == "a worker killed":
        os.kill(draw.choice(workers), signal.SIGKILL)
    else:
        process.send_signal(signal.Signals[kind])


def ended(results: Path) -> int:
    """Trials that have ended."""
    return sum(record["event"] == "ended" for record in journal_file.read(journal_path(results, NAME)))


def essence(results: Path) -> tuple[list[str], list[tuple[str, int, int]]]:
    """What must not depend on faults: records of the journal without times, in an order of their own, and the best."""
    records = journal_file.read(journal_path(results, NAME))
    kept = [{key: value for key, value in each.items() if key not in ("time", "seconds")} for each in records]
    wanted = {json.dumps(each, sort_keys=True) for each in kept if each["event"] in ("asked", "ended")}
    best = [(entry.id, entry.cycles, entry.effort.schedules) for entry in Leaderboard(results).best()]
    return sorted(wanted), best


def plot(watched: Watched, path: Path) -> None:
    """The driver's memory over time."""
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    axes = figure.subplots()
    for pid in dict.fromkeys(pid for pid, *_ in watched.samples):
        rows = [(seconds / 60, memory) for each, seconds, _, memory in watched.samples if each == pid and memory > 0]
        if rows:
            axes.plot(*zip(*rows, strict=True), color="tab:blue", linewidth=1)
    for seconds, kind in watched.faults:
        axes.axvline(seconds / 60, color="tab:orange" if kind == "a worker killed" else "tab:red", linewidth=0.5)
    axes.set(
        xlabel="minutes", ylabel="MiB of the driver", ylim=(0, None), title="red: driver ended, orange: worker killed"
    )
    figure.savefig(path, dpi=120)


def main(
    hours: Annotated[float, typer.Option(help="With faults; the undisturbed sweep comes after that.")] = 2.0,
    folder: Annotated[Path, typer.Option(help="For results, which must be new.")] = Path("long-run"),
    seed: Annotated[int, typer.Option(help="Of the sweep and of the faults.")] = 0,
    pause: Annotated[float, typer.Option(help="Seconds between faults, on average.")] = 60.0,
    workers: Annotated[int, typer.Option(help="Of the sweep while there are faults.")] = 2,
) -> None:
    """Run, compare, plot; exit 1 if journal or board are not those of an undisturbed sweep."""
    results, plain, sweep = folder / "faults", folder / "plain", folder / "sweep.toml"
    for each in (results, plain):
        each.mkdir(parents=True)
    sweep.write_text(SWEEP.format(seed=seed), encoding="utf-8")
    watched = run_with_faults(sweep, results, hours, pause, workers, random.Random(seed))
    minutes = watched.seconds / 60
    asked = [record["trial"] for record in journal_file.read(journal_path(results, NAME)) if record["event"] == "asked"]
    trials = str(max(asked, default=0) + 1)
    before = ended(results)
    codes = [
        start(sweep, each, "--executor", "processes", "--workers", "2", "--trials", trials).wait()
        for each in (results, plain)
    ]
    plot(watched, folder / "memory.png")
    kinds = ", ".join(f"{kind} {count}" for kind, count in Counter(kind for _, kind in watched.faults).most_common())
    is_equal = essence(results) == essence(plain)
    peak = max((memory for *_, memory in watched.samples), default=0.0)
    print(f"{minutes:.1f} min, {before} trials ended of {trials} asked for; faults: {kinds or 'none'}")
    growth = watched.growth()
    grown = "no driver lived long enough to tell its growth" if growth is None else f"{growth:+.1f} MiB an hour"
    print(f"driver: {peak:.0f} MiB at the most, {grown}; {folder / 'memory.png'}")
    print(
        f"journal and leaderboard {'equal' if is_equal else 'DIFFER from'} those of an undisturbed sweep; codes {codes}"
    )
    raise typer.Exit(0 if is_equal and codes == [0, 0] else 1)


if __name__ == "__main__":
    typer.run(main)
