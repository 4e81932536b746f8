"""The choice of nodes as a model of CP-SAT."""

from collections.abc import Mapping, Sequence

from ortools.sat.python import cp_model

from rewriting.choice import SCALE, Choice, Solved
from rewriting.components import strong_components
from rewriting.node_costs import Candidate, Costs
from rewriting.terms import Region


class ChoiceModel:
    """One node for each class that is needed, at least cost; no deeper than ``depth_limit``, if that is given."""

    def __init__(
        self,
        classes: Mapping[int, Sequence[Candidate]],
        roots: Sequence[int],
        costs: Costs,
        start: Choice,
        depth_limit: int | None,
    ) -> None:
        self._model = cp_model.CpModel()
        self._classes = classes
        self._start = start
        self._needed = {n: self._model.new_bool_var("") for n in classes}
        self._chosen = {n: [self._model.new_bool_var("") for _ in own] for n, own in classes.items()}
        for number, own in classes.items():
            self._model.add(sum(self._chosen[number]) == self._needed[number])
            for candidate, chosen in zip(own, self._chosen[number], strict=True):
                for arg in set(candidate.args):
                    self._model.add_implication(chosen, self._needed[arg])
        for root in set(roots):
            self._model.add(self._needed[root] == 1)
        self._keep_acyclic(roots, depth_limit)
        self._objective(costs)
        self._hint()

    def _keep_acyclic(self, roots: Sequence[int], depth_limit: int | None) -> None:
        """Each class is ready after its operands: everywhere if depth counts, else where there are circles."""
        components = strong_components({n: {a for c in own for a in c.args} for n, own in self._classes.items()})
        sizes: dict[int, int] = {}
        for component in components.values():
            sizes[component] = sizes.get(component, 0) + 1
        most = {n: depth_limit if depth_limit is not None else sizes[components[n]] for n in self._classes}
        ready = {n: self._model.new_int_var(0, most[n], "") for n in self._classes}
        for number, own in self._classes.items():
            for candidate, chosen in zip(own, self._chosen[number], strict=True):
                latency = candidate.latency if depth_limit is not None else 1
                for arg in set(candidate.args):
                    if depth_limit is not None or components[arg] == components[number]:
                        self._model.add(ready[number] >= ready[arg] + latency).only_enforce_if(chosen)

    def _objective(self, costs: Costs) -> None:
        terms = []
        regions: dict[Region, list[cp_model.IntVar]] = {}
        for number, own in self._classes.items():
            for candidate, chosen in zip(own, self._chosen[number], strict=True):
                terms.append(round(candidate.cost * SCALE) * chosen)
                if isinstance(candidate.data, Region):
                    regions.setdefault(candidate.data, []).append(chosen)
        mapped = {}
        for region, users in regions.items():
            if region.maps:
                mapped[region] = self._model.new_bool_var("")
                terms.append(round(costs.region(region) * SCALE) * mapped[region])
                for user in users:
                    self._model.add_implication(user, mapped[region])
        self._keep_apart(regions, mapped)
        self._model.minimize(sum(terms))

    def _keep_apart(
        self, regions: Mapping[Region, Sequence[cp_model.IntVar]], mapped: Mapping[Region, cp_model.IntVar]
    ) -> None:
        """Where a region's words are changed, nothing loads them as they were or changed otherwise."""
        for region, changed in mapped.items():
            for other, users in regions.items():
                if other != region and other.start < region.stop and region.start < other.stop:
                    for user in users:
                        self._model.add_implication(changed, user.negated())

    def _hint(self) -> None:
        for number, own in self._classes.items():
            self._model.add_hint(self._needed[number], number in self._start)
            for candidate, chosen in zip(own, self._chosen[number], strict=True):
                self._model.add_hint(chosen, self._start.get(number) is candidate)

    def solve(self, work: float) -> Solved:
        """Solve in so much deterministic time; the start, if nothing better is found."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.max_deterministic_time = work
        status = solver.solve(self._model)
        spent = float(solver.response_proto.deterministic_time)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return Solved(self._start, 0.0, spent)
        choice = {}
        for number, own in self._classes.items():
            for candidate, chosen in zip(own, self._chosen[number], strict=True):
                if solver.boolean_value(chosen):
                    choice[number] = candidate
        return Solved(choice, solver.best_objective_bound / SCALE, spent)
