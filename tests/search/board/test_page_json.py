"""The pages for programs."""

import json
from dataclasses import asdict, replace

from search.board.entry import Checked, Mark
from search.board.page import pages_of
from search.board.page_json import PAGE_FORMAT, page_data, render_data
from search.board.standing import PlacedEntry, Standing
from tests.search.problems import SMALL_TREE, entry_of

ENTRY = entry_of(SMALL_TREE)[0]
HEADLINE = replace(ENTRY, shape={"height": 10, "rounds": 16, "batch": 256}, id="tree_hash-headline")
BEATEN = replace(ENTRY, cycles=ENTRY.cycles + 1, id="tree_hash-beaten")
WRONG = replace(ENTRY, cycles=1, id="tree_hash-wrong", struck=Mark("because", "2026-05-06"))
OLD = replace(ENTRY, cycles=2, id="tree_hash-old", checked=Checked("digest", "0.1", "2026-05-05"))
(PAGE,) = pages_of(
    [
        PlacedEntry(WRONG, Standing.STRUCK, "because", "2026-05-06"),
        PlacedEntry(OLD, Standing.STALE, "its sources have changed"),
        *(PlacedEntry(entry, Standing.COUNTS) for entry in (ENTRY, BEATEN, HEADLINE)),
    ]
)


def test_a_page_says_what_it_is_of_and_in_which_version() -> None:
    data = page_data(PAGE)
    assert (data["format"], data["problem"], data["machine"]) == (PAGE_FORMAT, "tree_hash", "takehome")
    assert data["machines"] == {ENTRY.hashes.machine: ENTRY.machine}


def test_every_entry_is_there_with_its_standing() -> None:
    shown = [(entry["id"], entry["standing"], entry["reason"]) for entry in page_data(PAGE)["entries"]]
    assert shown == [
        (ENTRY.id, "best", None),
        (HEADLINE.id, "best", None),
        (BEATEN.id, "superseded", None),
        (OLD.id, "stale", "its sources have changed"),
        (WRONG.id, "struck", "because"),
    ]
    old, wrong = page_data(PAGE)["entries"][-2:]
    assert wrong["struck"] == {"reason": "because", "time": "2026-05-06"}
    assert old["checked"] == {"problem": "digest", "slotsmith": "0.1", "time": "2026-05-05"}


def test_an_entry_has_all_that_leads_to_its_score_and_back() -> None:
    shown = page_data(PAGE)["entries"][0]
    assert (shown["shape"], shown["category"], shown["cycles"]) == (ENTRY.shape, "values", ENTRY.cycles)
    assert (shown["bound"], shown["gap"]) == ({**asdict(ENTRY.bound), "level": "checked"}, round(ENTRY.gap, 6))
    checks = ["legality", "graph execution", "batch simulator", "interpreter"]
    assert shown["validation"] == {"inputs": 4, "seed": 20_260_101, "checks": checks}
    assert shown["hashes"] == asdict(ENTRY.hashes)
    assert (shown["knobs"], shown["policy"], shown["versions"]) == (ENTRY.knobs, ENTRY.policy, ENTRY.versions)
    assert (shown["method"], shown["seed"], shown["schedules"]) == ("list search", 7, 32)
    assert (shown["seconds"], shown["workers"], shown["core_hours"]) == (1.5, 2, round(1.5 * 2 / 3600, 6))
    assert (shown["rebuild"], shown["repeat_search"]) == (f"slotsmith reproduce {ENTRY.id}", None)
    assert shown["files"]["program"] == f"entries/{ENTRY.id}.program.json.gz"


def test_a_search_that_can_be_repeated_has_its_command() -> None:
    counted = replace(ENTRY, effort=replace(ENTRY.effort, repeat={"kind": "search"}))
    (shown,) = page_data(pages_of([PlacedEntry(counted, Standing.COUNTS)])[0])["entries"]
    assert (shown["repeat"], shown["repeat_search"]) == ({"kind": "search"}, f"slotsmith reproduce {ENTRY.id} --search")


def test_reference_scores_stand_where_they_are_known() -> None:
    known = {entry["id"]: entry["reference_scores"] for entry in page_data(PAGE)["entries"]}
    assert {"name": "scalar baseline", "cycles": 147_734} in known[HEADLINE.id]
    assert known[ENTRY.id] == []


def test_the_text_is_the_data_with_a_line_for_each_field_of_an_entry() -> None:
    text = render_data(PAGE)
    assert json.loads(text) == json.loads(json.dumps(page_data(PAGE)))
    assert text.count('\n   "knobs": {') == len(page_data(PAGE)["entries"])
    assert render_data(PAGE) == text
