"""An entry from elsewhere is taken only if all that it says of its program is found to be so here."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from search.board.entry import entry_from_json
from search.sweep.cluster.job_log import Item
from search.sweep.cluster.job_news import News
from search.sweep.cluster.received import RefusedError, check_received
from tests.search.sweep.cluster.sent import of_kind, run
from tests.search.sweep.cluster.test_shipment import PROBLEM
from tests.search.sweep.small_sweep import write_sweep


def received() -> Item:
    return next(item for item in of_kind("entry") if item["entry"]["problem"] == "hash_vectors")


def check(item: Item) -> Any:
    return check_received(item, lambda _: True)


def test_what_is_right_is_made_anew_and_the_same() -> None:
    item = received()
    entry, candidate = check(item)
    claimed = entry_from_json(item["entry"])
    assert entry == replace(claimed, validation=replace(claimed.validation, inputs=1024))
    assert candidate.program.to_json() == item["program"]


def test_what_is_not_wanted_is_not_checked() -> None:
    item = received()
    assert check_received({"entry": item["entry"]}, lambda entry: entry.cycles < 0) is None


def test_what_cannot_be_checked_is_taken_as_it_is_said() -> None:
    item = received()
    item["entry"]["effort"] |= {"schedules": 77, "seconds": 1.5, "workers": 9}
    item["entry"]["versions"]["numba"] = "9.9"
    entry, _ = check(item)
    claimed = entry_from_json(item["entry"])
    assert entry == replace(claimed, validation=replace(claimed.validation, inputs=1024))


def test_the_bound_and_the_validation_are_those_found_here() -> None:
    item = received()
    item["entry"]["bound"]["cycles"] -= 1
    item["entry"]["validation"] |= {"inputs": 4, "checks": ["trust me"]}
    entry, _ = check(item)
    assert entry.bound == entry_from_json(received()["entry"]).bound
    assert entry.validation.inputs == 1024
    assert "legality" in entry.validation.checks


Change = Callable[[Item], object]


def entry_field(name: str, value: Any) -> Change:
    return lambda item: item["entry"].update({name: value})


def later_write(item: Item) -> None:
    """Another program: its last store writes elsewhere."""
    bundle = next(bundle for bundle in reversed(item["program"]) if "store" in bundle)
    bundle["store"][0][1] += 1


def swapped(item: Item) -> None:
    item["program"][0], item["program"][1] = item["program"][1], item["program"][0]


HOSTILE: dict[str, Change] = {
    "nothing": lambda item: item.clear(),
    "no entry": lambda item: item.update(entry=7),
    "a field too many": entry_field("more", 1),
    "a newer format": entry_field("format", 99),
    "fewer cycles": lambda item: item["entry"].update(cycles=item["entry"]["cycles"] - 1),
    "another id": entry_field("id", "hash_vectors-0123456789"),
    "an id that is a path": entry_field("id", "../../../hash_vectors-0123456789"),
    "another program": later_write,
    "bundles in another order": swapped,
    "no program": lambda item: item.update(program={}),
    "a shorter program": lambda item: item["program"].pop(),
    "no decision": lambda item: item.pop("decision"),
    "another decision": lambda item: item["decision"]["cycles"].reverse(),
    "a decision of any length": lambda item: item["decision"].update(
        cycles=[cycle + 10**12 for cycle in item["decision"]["cycles"]]
    ),
    "another graph": lambda item: item["entry"]["hashes"].update(graph="0" * 64),
    "another machine by hash": lambda item: item["entry"]["hashes"].update(machine="0" * 64),
    "another machine by that name": lambda item: item["entry"]["machine"].update(scratch_words=4096),
    "no machine": entry_field("machine", {}),
    "another task": entry_field("shape", {"vectors": 3}),
    "no shape": entry_field("shape", {"vectors": "many"}),
    "no category": entry_field("category", "none"),
    "an unknown knob": lambda item: item["entry"]["knobs"].update({"<script>": 1}),
    "an unknown problem": entry_field("problem", "nonsense"),
    "words for a number": lambda item: item["entry"]["effort"].update(schedules="many"),
    "no end of seconds": lambda item: item["entry"]["effort"].update(seconds=float("inf")),
    "a method with lines": lambda item: item["entry"]["effort"].update(method="sweep\n# Hello"),
    "a version with marks": lambda item: item["entry"]["versions"].update(numba="<b>"),
    "a version that is none": lambda item: item["entry"]["versions"].update(numba=["1"]),
    "no time": entry_field("found", "yesterday"),
    "a policy of words": lambda item: item["entry"]["policy"].update(order="first"),
    "a repetition that is none": lambda item: item["entry"]["effort"].update(repeat={"kind": "trial"}),
    "a policy of too much": lambda item: item["entry"]["policy"].update(order=1e300),
    "a policy for other engines": lambda item: item["entry"]["policy"].update(engine_order=[31]),
    "a policy of more": lambda item: item["entry"]["policy"].update(more=1),
    "seconds that are true": lambda item: item["entry"]["effort"].update(seconds=True),
    "schedules below 0": lambda item: item["entry"]["effort"].update(schedules=-1),
    "a repetition of words": lambda item: item["entry"]["effort"]["repeat"].update(schedules="3"),
    "a repetition of truth": lambda item: item["entry"]["effort"]["repeat"].update(schedules=True),
    "a repetition of more": lambda item: item["entry"]["effort"]["repeat"].update(more=1),
    "a version that is long": lambda item: item["entry"]["versions"].update(numba="9" * 81),
    "inputs that are words": lambda item: item["entry"]["validation"].update(inputs="all"),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_what_is_not_right_is_refused(change: Change) -> None:
    item = received()
    change(item)
    with pytest.raises(RefusedError):
        check(item)


def test_what_is_wrong_is_told_as_the_schema_does() -> None:
    item = received()
    item["entry"]["versions"]["numba"] = "<b>"
    with pytest.raises(RefusedError, match=r"^versions\.numba must be a printable text of at most 80 characters"):
        check(item)
    item = received()
    item["entry"]["effort"]["repeat"]["schedules"] = "3"
    with pytest.raises(RefusedError, match="not the recipe of a trial: schedules must be an integer from 1"):
        check(item)


# Problems in files


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Item:
    """An entry of a problem in a file."""
    monkeypatch.chdir(tmp_path)
    write_sweep(Path("mine/problem.py"), PROBLEM)
    text = '[budget]\ntrials = 1\n[trial]\nschedules = 1\ninputs = 4\n[sampler]\nkind = "random"\n'
    path = write_sweep(
        Path("own.toml"), f'{text}[[studies]]\nproblem = "mine/problem.py:Mine"\nshapes = ["vectors=1"]\n'
    )
    news = News(Path("results"))
    run(path, Path("results"))
    return next(item for item in news.collect() if item["kind"] == "entry")


def test_a_problem_in_a_file_here_is_loaded(own: Item) -> None:
    assert check(own)[0].problem == "mine/problem.py:Mine"


@pytest.mark.parametrize("where", ["{here}/mine/problem.py:Mine", "mine/../mine/problem.py:Mine", "gone.py:Mine"])
def test_a_problem_in_any_other_file_is_not(own: Item, tmp_path: Path, where: str) -> None:
    own["entry"]["problem"] = where.format(here=tmp_path)
    with pytest.raises(RefusedError, match="neither built in nor in a file below"):
        check(own)


def test_a_file_without_the_class_is_not_even_run(own: Item) -> None:
    write_sweep(Path("deploy.py"), "from pathlib import Path\nPath('ran').touch()\n")
    own["entry"]["problem"] = "deploy.py:Mine"
    with pytest.raises(RefusedError, match="neither built in nor in a file below"):
        check(own)
    assert not Path("ran").exists()
