"""``slotsmith rewrite`` and ``slotsmith rules``: what they find, print and refuse."""

from dataclasses import replace
from pathlib import Path

import pytest

from rewriting.rewrite import Rewritten
from rewriting.rewrite import rewrite as rewriting_of
from search.cli import rewrite_commands
from tests.search.cli.conftest import Command

PLAIN = ("rewrite", "tree_hash_plain", "--shape", "height=1,rounds=3,batch=8", "--effort", "0.2")


def test_a_plain_kernel_gets_shorter_and_says_why(command: Command) -> None:
    summary = command(*PLAIN, "--json").json
    assert summary["changed"]
    assert summary["after"]["bound"] < summary["before"]["bound"] / 2
    assert summary["after"]["operations"] < summary["before"]["operations"]
    rules = {rule["rule"] for rule in summary["rules"]}
    assert {"sums in normal form", "a load is a choice by a bit of its address"} <= rules
    assert summary["executed_inputs"] == 8


def test_it_prints_before_after_rules_and_terms(command: Command) -> None:
    out = command(*PLAIN, "--graph").out
    assert "before" in out
    assert "times  sums in normal form" in out
    assert "t0 = " in out
    assert "both graphs agree on 8 inputs" in out


def test_nothing_is_changed_where_nothing_is_gained(command: Command) -> None:
    ran = command("rewrite", "matrix_product", "--effort", "0.2")
    assert "nothing better was found" in ran.out
    assert "(saturated); optimal over this e-graph" in ran.out


def test_a_graph_that_explodes_ends_in_the_best_so_far(command: Command) -> None:
    limited = ("rewrite", "tree_hash_plain", "--shape", "height=3,rounds=8,batch=8", "--effort", "0.1", "--nodes")
    assert "600 nodes (node limit met: the best so far); " in command(*limited, 600, "--aim", "depth").out


def test_a_limit_below_what_is_given_leaves_it_as_it_is_written(command: Command) -> None:
    out = command("rewrite", "murmur3", "--nodes", 100, "--shape", "words=16").out
    assert "nothing better was found" in out
    assert "(node limit met: the best so far); optimal over this e-graph" in out


def test_rules_are_listed_with_their_proofs(command: Command) -> None:
    listed = command("rules", "--json").json["rules"]
    assert len(listed) > 30
    assert all(rule["proof"]["prover"] in ("z3", "ring normal form") for rule in listed)
    assert "families that code applies" in command("rules").out


def test_a_wrong_rule_is_exit_code_1_and_not_recorded(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text('[[rule]]\nname = "wrong"\nleft = "x >> 1"\nright = "x"\n', encoding="utf-8")
    ran = command("rules", "--rules", file, "--check")
    assert ran.code == 1
    assert "not proven: wrong: x >> 1 = x: false for x = " in ran.out
    refused = command("rules", "--rules", file, "--record", tmp_path / "proven.toml")
    assert refused.code == 2
    assert not (tmp_path / "proven.toml").exists()


def test_a_proof_is_recorded(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "right.toml"
    file.write_text('[[rule]]\nname = "right"\nleft = "x ^ x"\nright = "0"\n', encoding="utf-8")
    assert command("rules", "--rules", file, "--record", file).code == 0
    assert command("rules", "--rules", file, "--json").json["rules"][0]["proof"]["prover"] == "ring normal form"


def test_what_is_no_file_of_rules_is_one_line(command: Command, tmp_path: Path) -> None:
    ran = command("rules", "--rules", tmp_path / "none.toml")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)


def test_discovered_rules_are_recorded_and_can_be_checked(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "found.toml"
    ran = command("rules", "--discover", "takehome", "--time-limit", "3", "--record", file)
    assert ran.code == 0
    assert "rules proven in" in ran.out
    assert command("rules", "--rules", file, "--check").code == 0


def test_a_gap_is_told_as_a_share_of_the_optimum(monkeypatch: pytest.MonkeyPatch, command: Command) -> None:
    """A choice that costs 3 where the bound is 2 is at most half as dear again as the optimum."""
    monkeypatch.setattr(rewrite_commands, "rewrite", lambda *given: _with_cost(rewriting_of(*given), 3.0, 2.0))
    assert "at most 50.0% above the optimum" in command("rewrite", "matrix_product", "--effort", "0.1").out
    monkeypatch.setattr(rewrite_commands, "rewrite", lambda *given: _with_cost(rewriting_of(*given), 3.0, 0.0))
    assert "how far above the optimum is not known" in command("rewrite", "matrix_product", "--effort", "0.1").out


def _with_cost(rewritten: Rewritten, cost: float, bound: float) -> Rewritten:
    assert rewritten.proposal is not None
    given = tuple(
        replace(each, extraction=replace(each.extraction, cost=cost, bound=bound)) for each in rewritten.proposal.given
    )
    return replace(rewritten, proposal=replace(rewritten.proposal, given=given))
