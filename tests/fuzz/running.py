"""Runs targets: cases from a seed, until time or cases are spent, or there is a finding."""

import time
import traceback
from collections import defaultdict
from collections.abc import Iterator, Sequence
from random import Random

from tests.fuzz import files, mutations, proofs, simulators
from tests.fuzz.target import Result, Target


def targets() -> list[Target]:
    """Everything that is fuzzed."""
    return [
        Target("decisions", "wrong decisions are refused", mutations.mutated_decisions, kinds_killed=True),
        Target("programs", "wrong programs are refused", mutations.mutated_programs, kinds_killed=True),
        Target("simulators", "both simulators agree", simulators.simulators),
        Target("bounds", "no accepted schedule is shorter than a bound", proofs.bounds),
        Target("scratch", "nor in little scratch", proofs.little_scratch),
        Target("certificates", "certificates are accepted, damaged ones refused", proofs.certificates),
        Target("entries", "changed entries are set aside or found out", files.entries),
        Target("journals", "changed journals are resumed or refused", files.journals),
        Target("sweep-files", "changed sweep files are read or refused", files.sweep_files),
        Target("machine-files", "changed machine files are read or refused", files.machine_files),
        Target("rule-files", "changed files of rules are read or refused", files.rule_files),
        Target("records", "changed recipes and rows of surveys are read or refused", files.records),
        Target("job-logs", "changed items of jobs are taken or refused", files.job_logs),
    ]


def fuzz(chosen: Sequence[Target], seed: int, seconds: float, cases: int | None = None) -> str | None:
    """Try cases, each of the target that has had the least time; the first finding, and how to see it again.

    Args:
        chosen: the targets; their tallies grow.
        seed: from which every case follows, with the target's name and the case's number.
        seconds: after which it ends, at least one case of each target being tried.
        cases: of each target, whatever the seconds; ``None`` for any.
    """
    end = time.monotonic() + seconds
    spent: dict[str, float] = defaultdict(float)
    while left := [each for each in chosen if cases is None or each.cases < cases]:
        target = min(left, key=lambda each: spent[each.name])
        if cases is None and target.cases > 0 and time.monotonic() >= end:
            return None
        begun = time.monotonic()
        try:
            target.tally += target.case(Random(f"{seed}:{target.name}:{target.cases}"))
        except Exception:
            again = f"python -m tests.fuzz --seed {seed} --only {target.name} --cases {target.cases + 1}"
            return f"{traceback.format_exc()}FINDING: {target.name}, case {target.cases}: {again}"
        target.cases += 1
        spent[target.name] += time.monotonic() - begun
    return None


def table(chosen: Sequence[Target]) -> Iterator[str]:
    """Lines for people: by target and kind, how many were tried, refused, and not wrong."""
    yield f"{'':50}{'tried':>9}{'refused':>9}{'harmless':>9}  killed of the wrong"
    for target in chosen:
        yield f"{target.name}: {target.summary}; {target.cases} cases"
        for kind in sorted({kind for kind, _ in target.tally}):
            tried, killed, equivalent = (target.tally[kind, result] for result in Result)
            rate = f"  {killed / max(1, tried - equivalent):.1%}" if target.kinds_killed and tried > equivalent else ""
            yield f"  {kind:48}{tried:9}{killed:9}{equivalent:9}{rate}"
