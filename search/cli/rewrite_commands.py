"""``slotsmith rewrite`` and ``slotsmith rules``: equal graphs that need less, and what makes them equal."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from machine.errors import UserError
from machine.model import load_machine
from problems.knobs import default_settings
from problems.problem import resolve_knobs
from rewriting.aim import AIMS
from rewriting.discovery import discover as discover_rules
from rewriting.listing import listing
from rewriting.proposing import Effort
from rewriting.rewrite import Rewritten, RewrittenTemplate, rewrite
from rewriting.rule import Rule, format_rules, load_rules, rules_for
from rewriting.rule_proving import Refuted, prove
from rewriting.saturation import Limits
from rewriting.schemas import SCHEMAS
from rewriting.work import Measured
from search.analysis.prepared_graph import prepare
from search.bounds.proving import prove_bound
from search.cli.fitting_table import Column, print_table, terminal
from search.cli.options import (
    DEFAULT_MACHINE,
    CategoryOption,
    JsonOption,
    MachineOption,
    ProblemArgument,
    SetOption,
    ShapeOption,
    print_json,
    split_settings,
    write_output,
)
from search.strategy.budget import MOST_SECONDS
from search.tasks.building import build_plain
from search.tasks.recipes import require_same
from search.tasks.task import resolve_task
from search.tasks.validation import VALIDATION_SEED

_RULES = Column("rule", 9), Column("statement", 8), Column("proof", 1)

RulesOption = Annotated[str, typer.Option("--rules", help="Rules that come with Slotsmith, or a .toml file of rules.")]


def rewrite_command(
    problem: ProblemArgument,
    shape: ShapeOption = "",
    category: CategoryOption = None,
    machine: MachineOption = DEFAULT_MACHINE,
    set_: SetOption = None,
    aim: Annotated[str, typer.Option(help=f"What the new graph is to have little of: {', '.join(AIMS)}.")] = "cycles",
    effort: Annotated[
        float, typer.Option(min=0.01, help="For each choice of terms, in deterministic time of CP-SAT (about seconds).")
    ] = 5.0,
    nodes: Annotated[int, typer.Option(min=100, help="Nodes of an e-graph, at most.")] = 20_000,
    inputs: Annotated[int, typer.Option(min=1, help="Inputs on which both graphs are executed.")] = 8,
    rules: Annotated[
        str | None, typer.Option("--rules", help="A .toml file of rules, in the place of those for the machine.")
    ] = None,
    graph: Annotated[bool, typer.Option("--graph", help="List the terms of the new graph, too.")] = False,
    json: JsonOption = False,
) -> None:
    """Find an equal graph that needs fewer cycles: work, depth and bound before and after, and the rules that made it.

    Example: slotsmith rewrite tree_hash_plain --shape height=3,rounds=9,batch=24
    """
    if aim not in AIMS:
        raise UserError(f"--aim takes {', '.join(AIMS)}, not '{aim}'")
    task, _ = resolve_task(problem, shape, category, machine)
    declared = task.problem.knobs(task.shape, task.category, task.machine)
    knobs = default_settings(declared) | resolve_knobs(declared, split_settings(set_ or []))
    given = build_plain(task, knobs)
    outputs = task.problem.outputs(task.shape, task.category)
    spent = Effort(Limits(nodes=nodes), extraction_work=effort)
    known = rules_for(task.machine) if rules is None else load_rules(rules)
    rewritten = rewrite(given, known, AIMS[aim], spent, outputs)
    require_same(task, given, rewritten.after.graph, inputs, VALIDATION_SEED)
    if json:
        print_json(_summary(rewritten, inputs))
    else:
        _print(rewritten, inputs, with_terms=graph)


def _facts(measured: Measured) -> dict[str, Any]:
    bound = prove_bound(prepare(measured.graph))
    slots = {name: round(count, 1) for name, count in measured.work.slots.items()}
    numbers = {"operations": len(measured.graph.operations), "work": round(measured.work.cycles, 2)}
    return {**numbers, "depth": measured.depth, "bound": bound.cycles, "slots": slots}


def _summary(rewritten: Rewritten, inputs: int) -> dict[str, Any]:
    templates = [
        {
            "copies": template.copies,
            "terms": template.terms,
            "nodes": template.saturation.nodes,
            "saturation": template.saturation.outcome.value,
            "cost": template.extraction.cost,
            "cost_bound": template.extraction.bound,
            "optimal": template.extraction.optimal,
        }
        for template in rewritten.templates
    ]
    return {
        "changed": rewritten.changed,
        "before": _facts(rewritten.before),
        "after": _facts(rewritten.after),
        "rules": [{"rule": rule, "uses": uses} for rule, uses in rewritten.rules],
        "templates": templates,
        "executed_inputs": inputs,
    }


def _print(rewritten: Rewritten, inputs: int, *, with_terms: bool) -> None:
    before, after = _facts(rewritten.before), _facts(rewritten.after)
    engines = list(before["slots"])
    columns = (
        *(Column("graph", 9), Column("operations", 8, True)),
        *(Column(engine, 1, True) for engine in engines),
        *(Column("work", 4, True), Column("depth", 3, True), Column("bound", 7, True)),
    )
    rows = []
    for name, facts in (("before", before), ("after", after)):
        slots = [str(facts["slots"][engine]) for engine in engines]
        rows.append((name, str(facts["operations"]), *slots, *(str(facts[key]) for key in ("work", "depth", "bound"))))
    print_table(terminal(), columns, rows)
    if not rewritten.changed:
        typer.echo("nothing better was found: the graph stays as it is; looked at:")
    for rule, uses in rewritten.rules:
        typer.echo(f"  {uses:6} times  {rule}")
    for template in rewritten.templates:
        typer.echo(f"template: {_told(template)}")
        if with_terms and rewritten.changed:
            typer.echo("\n".join(f"    {line}" for line in listing(template.extraction)))
    if rewritten.changed:
        typer.echo(f"executed: both graphs agree on {inputs} inputs")


def _told(template: RewrittenTemplate) -> str:
    """How large a template and its e-graph are, how the saturation ended, and how good the choice of terms is."""
    extraction, saturation = template.extraction, template.saturation
    ended = saturation.outcome.value
    if saturation.outcome.is_limit:
        ended += " met: the best so far"
    size = f"{template.copies} of {template.terms} terms, {saturation.nodes} nodes ({ended})"
    if extraction.optimal:
        return f"{size}; optimal over this e-graph"
    if extraction.bound <= 0:
        return f"{size}; how far above the optimum is not known"
    return f"{size}; at most {extraction.cost / extraction.bound - 1:.1%} above the optimum"


def rules_command(
    rules: RulesOption = "words",
    check: Annotated[bool, typer.Option("--check", help="Prove every rule again.")] = False,
    record: Annotated[Path | None, typer.Option(help="Write the rules with their proofs to this file.")] = None,
    discover: Annotated[
        str | None, typer.Option(metavar="MACHINE", help="Look for rules over this machine's opcodes instead.")
    ] = None,
    own: Annotated[
        bool, typer.Option("--own", help="Of what is discovered, only what speaks of the machine's own opcodes.")
    ] = False,
    time_limit: Annotated[
        float | None,
        typer.Option(min=0.1, max=MOST_SECONDS, help="Seconds for each proof (20), or for discovery (300)."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """List the rules that graphs are rewritten by, with their proofs; prove them again; or discover others.

    Discovery gives a core: of the rules that it proves, those that no others imply. Exit code 1 says that a rule was
    not proven.

    Example: slotsmith rules --check
    """
    if discover is not None:
        _discover(discover, time_limit or 300.0, record, own=own, json=json)
        return
    known = load_rules(rules)
    outcomes = [prove(rule, time_limit or 20.0) if check or record else rule for rule in known]
    proven = [outcome for outcome in outcomes if isinstance(outcome, Rule)]
    refuted = [outcome for outcome in outcomes if isinstance(outcome, Refuted)]
    if record is not None:
        if refuted:
            raise UserError(f"rule '{refuted[0].rule.name}' is not proven, so nothing is recorded")
        write_output(record, format_rules(proven))
    if json:
        print_json({"rules": [_rule_facts(rule) for rule in proven], "refuted": [r.rule.name for r in refuted]})
    else:
        _print_rules(proven, refuted)
    if refuted:
        raise typer.Exit(1)


def _discover(machine: str, seconds: float, record: Path | None, *, own: bool, json: bool) -> None:
    found = discover_rules(load_machine(machine), seconds)
    if own:
        found = replace(found, core=[rule for rule in found.core if rule.meanings])
    if record is not None:
        write_output(record, format_rules(found.core))
    if json:
        counts = {"proven": len(found.proven), "refuted": found.refuted, "undecided": found.undecided}
        ending = {"complete": found.complete, "interrupted": found.interrupted}
        print_json({**counts, **ending, "minimal_core": [_rule_facts(rule) for rule in found.core]})
        return
    if record is None:
        for rule in found.core:
            typer.echo(rule.statement)
    typer.echo(
        f"{len(found.proven)} rules proven in {found.seconds:.0f} s, {len(found.core)} of them no others imply; "
        f"{found.refuted} conjectures refuted, {found.undecided} undecided"
    )
    if not found.complete:
        ended = "interrupted" if found.interrupted else "time was up"
        typer.echo(f"{ended} before all terms had been looked at")


def _rule_facts(rule: Rule) -> dict[str, Any]:
    proof = rule.proof
    proven = {"prover": proof.prover, "version": proof.version, "seconds": proof.seconds} if proof else None
    return {"name": rule.name, "statement": rule.statement, "proof": proven}


def _print_rules(proven: list[Rule], refuted: list[Refuted]) -> None:
    rows = []
    for rule in proven:
        proof = (
            f"{rule.proof.prover} {rule.proof.version}, {rule.proof.seconds:.4f} s" if rule.proof else "none recorded"
        )
        rows.append((rule.name, rule.statement, proof))
    rows += [(schema.name, schema.statement, schema.reason) for schema in SCHEMAS]
    print_table(terminal(), _RULES, rows)
    for one in refuted:
        typer.echo(f"not proven: {one.rule.name}: {one.rule.statement}: {one.reason}")
    typer.echo(f"{len(proven)} rules, {len(refuted)} not proven, and {len(SCHEMAS)} families that code applies")
