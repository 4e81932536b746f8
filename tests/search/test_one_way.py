"""There is one way from a schedule to a decision, to an entry, and to a bound: nobody else calls what it calls."""

import ast
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

from search.board import entry, leaderboard, submission
from search.bounds import chains_and_work, counting, proving
from search.cpsat import exact, granularity, refuting, solve, window, window_passes
from search.scheduling import decide, justification, moves, policy_walk
from search.scratch import allocation, packing
from search.strategy import pipeline, registry
from search.strategy.stage import Stage

ROOT = Path(__file__).parents[2]
SEARCH = ROOT / "search"


@cache
def sources() -> dict[str, ast.Module]:
    """Every module of ``search``, parsed, by its dotted name."""
    found = {}
    for file in sorted(SEARCH.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = ast.parse(file.read_text(encoding="utf-8"))
    return found


def names_used(tree: ast.Module) -> set[str]:
    """Dotted names that a module takes from others: imported, or an attribute of a module that is."""
    found, modules = set(), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert not any(alias.name.startswith("search") for alias in node.names), "names are imported from modules"
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found.add(name)
                if name in sources():
                    modules[alias.asname or alias.name] = name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            found.add(f"{modules[node.value.id]}.{node.attr}")
    return found


def users(name: str) -> set[str]:
    """The modules of ``search`` that use a name of another module, without their first part."""
    return {module.partition(".")[2] for module, tree in sources().items() if name in names_used(tree)}


def callers(name: str) -> set[str]:
    """The modules of ``search`` that call a method or function of this name, whatever it belongs to."""
    found = set()
    for module, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                function = node.func
                called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)
                if called == name:
                    found.add(module.partition(".")[2])
    return found


ONE_WAY = [
    # from a schedule to a decision
    (allocation.allocate, {"scratch.placement"}),
    (allocation.allocate_largest_first, {"scratch.placement", "scheduling.decide"}),
    (packing.pack, {"scratch.placement"}),
    # from a result to an entry
    (entry.make_entry, {"board.submission"}),
    (submission.validated_entry, {"strategy.keeping", "sweep.trial", "sweep.cluster.received"}),
    (submission.submit, {"strategy.session"}),
    (submission.journal_line, {"strategy.session"}),
    # bounds
    (counting.counting_bound, {"bounds.proving"}),
    (counting.refute, {"bounds.proving"}),
    (counting.has_counts, {"cpsat.refuting"}),
    (chains_and_work.lower_bound, {"bounds.proving", "explain.bound_basis"}),
    (proving.prove_shortest, {"cpsat.exact", "cpsat.refuting"}),
    (refuting.refute_again, {"board.bound_check"}),
    # solvers
    (solve.solve_exact, {"cpsat.exact", "cpsat.refuting"}),
    (exact.solve_graph, {"cpsat.granularity"}),
    (granularity.solve_whole, {"strategy.stages.exact_stage"}),
    (window.solve_window, {"cpsat.window_passes"}),
    # stages, and the pipeline that runs them
    (window_passes.pass_windows, {"strategy.stages.windows_stage"}),
    (moves.try_moves, {"strategy.stages.moves_stage"}),
    (policy_walk.best_of_walk, {"strategy.stages.list_stage", "strategy.batch_run"}),
    (pipeline.run_stages, {"strategy.session", "strategy.stage_work", "sweep.trial", "explore.variant_search"}),
    (decide.decide, {"scheduling.policy_walk", "strategy.solution"}),
    (justification.justify, {"strategy.stages.justification_stage", "strategy.batch_run", "cpsat.window_passes"}),
]


@pytest.mark.parametrize(("function", "allowed"), ONE_WAY, ids=lambda value: getattr(value, "__name__", ""))
def test_only_these_modules_use_it(function: object, allowed: set[str]) -> None:
    name = f"{getattr(function, '__module__', '')}.{getattr(function, '__name__', '')}"
    assert users(name) == allowed


def test_only_placement_makes_a_decision_of_a_schedule_and_addresses() -> None:
    assert callers("Decision") == {"scratch.placement"}


def test_only_these_modules_change_the_leaderboard() -> None:
    assert callers("raise_bound") == {"strategy.session"}
    assert hasattr(leaderboard.Leaderboard, "raise_bound")


def test_stages_are_run_by_the_pipeline_alone() -> None:
    """But for the one that is another by the size of the graph."""
    runs = {
        module.partition(".")[2]
        for module, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "run"
        and len(node.args) == 4
    }
    assert runs == {"strategy.pipeline", "strategy.stages.cp_sat_stage"}


def test_every_stage_in_its_room_is_in_the_registry() -> None:
    names = [name for name in sources() if name.startswith("search.strategy.stages.")]
    for name in names:
        import_module(name)
    ours = [each for each in Stage.__subclasses__() if each.__module__ in names]
    assert sorted(registry.STAGES.values(), key=repr) == sorted(ours, key=repr)
    assert len(names) == len(ours)
    assert all(each.name == name for name, each in registry.STAGES.items())


def test_modules_import_one_another_in_no_circle_of_any_length() -> None:
    """Names that are only for the type checker do not count, nor do the few imports that must come late."""
    graph = {module: _modules_imported(tree) - late_imports(module) for module, tree in sources().items()}
    assert set(TopologicalSorter(graph).static_order()) >= set(graph)


def test_only_these_imports_of_our_own_come_late() -> None:
    assert {(module, name) for module in sources() for name in late_imports(module)} == {
        # Ray, Optuna, Bokeh and Matplotlib need not be installed, or take long to load
        ("search.cli.explore_command", "search.pages.exploration_page"),
        ("search.cli.report_command", "search.pages.schedule_page"),
        ("search.cli.site_command", "search.pages.board_site"),
        ("search.sweep.cluster.service", "search.sweep.cluster.ray_jobs"),
        ("search.sweep.executors.opening", "search.sweep.executors.ray_executor"),
        ("search.sweep.sampling.samplers", "search.sweep.sampling.adaptive"),
        ("search.cli.analyze_command", "search.pages.sweep_page"),
        ("search.cli.analyze_command", "search.sweep.reporting.report"),
        # CP-SAT takes a third of the time in which a command loads, and is for processes that solve
        ("search.bounds.proving", "search.bounds.counting"),
        ("search.cpsat.exact", "search.cpsat.solve"),
        ("search.cpsat.refuting", "search.bounds.counting"),
        ("search.cpsat.refuting", "search.cpsat.solve"),
        ("search.cpsat.window_passes", "search.cpsat.window"),
        ("search.scratch.placement", "search.scratch.packing"),
        # words to complete are known when the commands are
        ("search.cli.completion", "search.cli.command_words"),
        # not before the sources are chosen
        ("search.sweep.cluster.shipped", "search.sweep.cluster.job_run"),
    }


def late_imports(module: str) -> set[str]:
    """The modules of ``search`` that a module imports within functions."""
    functions = [node for node in ast.walk(sources()[module]) if isinstance(node, ast.FunctionDef)]
    bodies = ast.Module([statement for function in functions for statement in function.body], [])
    return _modules_imported(bodies)


def _modules_imported(tree: ast.Module) -> set[str]:
    hidden = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node not in hidden:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found.add(name if name in sources() else str(node.module))
    return found & set(sources())
