"""Scores reached elsewhere."""

from dataclasses import replace

from search.board.entry import Entry
from search.board.reference_scores import reference_scores
from tests.search.cases import TAKEHOME
from tests.search.problems import DOUBLING, SMALL_TREE, entry_of

HEADLINE = replace(entry_of(SMALL_TREE)[0], shape={"height": 10, "rounds": 16, "batch": 256})


def cycles(entry: Entry) -> list[int]:
    return [score.cycles for score in reference_scores(entry)]


def test_the_headline_has_those_that_its_problem_knows_worst_first() -> None:
    assert cycles(HEADLINE) == [147_734, 1790, 1487, 1363, 1063, 1006, 975, 923, 869]
    assert cycles(replace(HEADLINE, category="values+indices")) == [147_734, 899]


def test_every_score_is_named() -> None:
    names = [score.name for score in reference_scores(HEADLINE)]
    assert all(names)
    assert len(set(names)) == len(names)


def test_none_is_known_for_other_shapes_problems_and_machines() -> None:
    slower = TAKEHOME.variant("takehome", slots={"load": 1})
    others = [
        entry_of(SMALL_TREE)[0],
        entry_of(DOUBLING)[0],
        replace(HEADLINE, machine={**HEADLINE.machine, "name": "other"}),
        replace(HEADLINE, hashes=replace(HEADLINE.hashes, machine=slower.digest)),
        replace(HEADLINE, problem="gone.py:Gone"),
    ]
    assert [cycles(entry) for entry in others] == [[]] * len(others)


def test_a_users_file_is_not_asked() -> None:
    assert cycles(replace(HEADLINE, problem=DOUBLING.problem)) == []
