"""The best terms of an e-graph: one node a class, shared ones paid once, by CP-SAT.

The costs are prices of slots, or the depth, or the price at no more than a depth.  The solver is given the best of two
greedy choices to start from, so what it returns is never worse, and says whether it is optimal over the e-graph.  It is
not asked where that choice costs no more than what every choice needs.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from random import Random

from rewriting.alternatives import find_alternatives
from rewriting.choice import SCALE, Choice, Solved
from rewriting.egraph import EGraph
from rewriting.greedy import choose_by_cost, choose_by_depth, choose_with_sharing, depths, used_classes
from rewriting.node_costs import Candidate, Costs
from rewriting.terms import Region

_LARGE = 1200
"""Candidates from which on neighbourhoods are searched before the whole."""

_NEIGHBOURHOOD = 250
"""Candidates that are free in a neighbourhood."""

_MOST_NEIGHBOURHOOD_WORK = 0.5
_LEAST_NEIGHBOURHOOD_WORK = 0.03
"""Counted for a neighbourhood that is solved at once: its model has to be made."""

_WHOLE_SHARE = 0.3
"""Of the work, for the whole of a large e-graph: it gives the bound."""

_SAME_COST = 1e-9
"""Between sums of the same costs in different orders."""


@dataclass(frozen=True)
class Extraction:
    """What was chosen.

    Attributes:
        choice: the node of each class that is needed.
        alternatives: other nodes that may be computed in its stead, on other engines.
        cost: by the prices, shared nodes once.
        bound: no choice over this e-graph costs less.
        depth: cycles from inputs to the last root, without any limit of engines.
    """

    choice: Choice
    alternatives: Mapping[int, tuple[Candidate, ...]]
    cost: float
    bound: float
    depth: int

    @property
    def tables(self) -> tuple[Region, ...]:
        """The regions that are changed in place."""
        regions = {c.data for c in self.choice.values() if isinstance(c.data, Region) and c.data.maps}
        return tuple(sorted(regions))

    @property
    def optimal(self) -> bool:
        """Whether it is optimal over this e-graph."""
        return self.cost <= self.bound + 0.5 / SCALE * max(1, len(self.choice))


Classes = Mapping[int, Sequence[Candidate]]
"""What could compute each class."""


def extract(
    egraph: EGraph,
    roots: Sequence[int],
    costs: Costs,
    work: float,
    depth_slack: int | None = None,
    tables: Sequence[Region] | None = None,
    earlier: Sequence[Choice] = (),
    kept: Choice | None = None,
) -> Extraction:
    """The cheapest choice for ``roots``.

    Args:
        egraph: what to choose from.
        roots: the classes that are needed.
        costs: prices of nodes.
        work: to spend, in deterministic time of CP-SAT, so that the same choice is made again.
        depth_slack: if given, only choices at most so much deeper than the least depth.
        tables: if given, the regions that are changed in place; else the choice says which.
        earlier: choices made at other prices, to start from.  If tables are given with them, but no slack, nothing
            else is.
        kept: part of a choice at the same prices, with the same tables: these classes are computed so, or not at all.
    """
    classes = _candidates(egraph, roots, costs)
    if tables is not None:
        classes = _with_tables(classes, tables)
    if kept:
        nodes = {number: candidate.node for number, candidate in kept.items()}
        classes = {n: [c for c in own if c.node == nodes.get(n, c.node)] for n, own in classes.items()}
    roots = [egraph.find(root) for root in roots]
    adapted = [_adapted(classes, choice) for choice in earlier]
    found = [_used(choice, roots) for choice in adapted if all(root in choice for root in roots)]
    if not (tables and found) or depth_slack is not None:
        found += _greedy_choices(classes, roots, lambda choice: _cost(choice, costs), tables)
    limit = None
    if depth_slack is not None:
        limit = min(_depth(roots, choice) for choice in found) + depth_slack
    fits = [choice for choice in found if limit is None or _depth(roots, choice) <= limit]
    start = min(fits, key=lambda choice: _cost(choice, costs))
    best = _Best(egraph, classes, roots, costs, limit, start)
    if sum(map(len, classes.values())) > _LARGE:
        best.search_neighbourhoods(work * (1 - _WHOLE_SHARE))
        work *= _WHOLE_SHARE
    bound = _certain_cost(classes, roots)
    if _cost(best.choice, costs) > bound + _SAME_COST:
        bound = max(bound, best.improve(classes, work).bound)
    choice = best.choice
    alternatives, words = find_alternatives(egraph, classes, choice, costs.copies)
    cost = _cost(choice, costs)
    return Extraction({**choice, **words}, alternatives, cost, bound, _depth(roots, choice))


def _greedy_choices(
    classes: Mapping[int, Sequence[Candidate]],
    roots: Sequence[int],
    cost: Callable[[Choice], float],
    tables: Sequence[Region] | None,
) -> list[Choice]:
    """Choices to start from: by cost and by depth; unless tables are given, each is changed where that pays."""
    found: list[Choice] = []
    keys: list[tuple[Callable[[Classes], Choice], Callable[[Choice], tuple[float, ...]]]] = [
        (choose_with_sharing, lambda choice: (cost(choice),)),
        (choose_by_depth, lambda choice: (_depth(roots, choice), cost(choice))),
    ]
    for choose, key in keys:
        changed = list(tables or ())
        best = _used(choose(_with_tables(classes, changed)), roots)
        for region in _tables(classes) if tables is None else ():
            if not any(region.start < other.stop and other.start < region.stop for other in changed):
                choice = choose(_with_tables(classes, [*changed, region]))
                if all(root in choice for root in roots) and key(_used(choice, roots)) < key(best):
                    best, changed = _used(choice, roots), [*changed, region]
        found.append(best)
    return found


def _adapted(classes: Classes, choice: Choice) -> Choice:
    """An earlier choice at the costs of now; where its nodes are not to be had, others in their place.

    Classes above what cannot be had any more are free to change as well.
    """
    nodes = {number: {c.node: c for c in classes.get(number, ())} for number in choice}
    kept = {number: nodes[number].get(candidate.node) for number, candidate in choice.items()}
    while True:
        candidates = {number: [one] if (one := kept.get(number)) else list(own) for number, own in classes.items()}
        possible = choose_by_cost(candidates)
        lost = [n for n, candidate in kept.items() if candidate is not None and n not in possible]
        if not lost:
            return choose_with_sharing(candidates)
        for number in lost:
            candidate = kept[number]
            if candidate is None or any(kept.get(arg) is None and arg not in possible for arg in candidate.args):
                kept[number] = None


def _used(choice: Choice, roots: Sequence[int]) -> Choice:
    return {number: choice[number] for number in used_classes(roots, choice)}


def _tables(classes: Mapping[int, Sequence[Candidate]]) -> list[Region]:
    """The tables that may be changed in place, large ones first."""
    found = {c.data for own in classes.values() for c in own if isinstance(c.data, Region) and c.data.maps}
    return sorted(found, key=lambda region: (region.start - region.stop, region))


def _with_tables(classes: Mapping[int, Sequence[Candidate]], changed: Sequence[Region]) -> dict[int, list[Candidate]]:
    """The candidates, if these tables are changed in place and no others."""
    return {n: [c for c in own if _can_load(c, changed)] for n, own in classes.items()}


def _can_load(candidate: Candidate, changed: Sequence[Region]) -> bool:
    region = candidate.data
    if not isinstance(region, Region):
        return True
    if region.maps:
        return region in changed
    return not any(region.start < other.stop and other.start < region.stop for other in changed)


def _cost(choice: Choice, costs: Costs) -> float:
    regions = {c.data for c in choice.values() if isinstance(c.data, Region) and c.data.maps}
    return sum(c.cost for c in choice.values()) + sum(costs.region(region) for region in regions)


def _certain_cost(classes: Classes, roots: Sequence[int]) -> float:
    """What no choice costs less than: the cheapest node of each class that every choice needs."""
    certain: dict[int, float] = {}
    pending = list(roots)
    while pending:
        number = pending.pop()
        if number not in certain:
            own = classes[number]
            certain[number] = min(candidate.cost for candidate in own)
            pending += set.intersection(*(set(candidate.args) for candidate in own))
    return sum(certain.values())


def _depth(roots: Sequence[int], choice: Choice) -> int:
    ready = depths(choice)
    return max((ready[root] for root in roots), default=0)


def _candidates(egraph: EGraph, roots: Sequence[int], costs: Costs) -> dict[int, list[Candidate]]:
    """What could compute each class that roots may need."""
    classes: dict[int, list[Candidate]] = {}
    pending = [egraph.find(root) for root in roots]
    while pending:
        number = pending.pop()
        if number in classes:
            continue
        own = [c for c in costs.candidates(egraph, number) if number not in c.args]
        classes[number] = _undominated(own)
        pending.extend(arg for candidate in classes[number] for arg in candidate.args)
    return classes


def _undominated(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Without those that cost no less, take no less time and need no fewer operands than another.

    Of loads from the same address, the one that is known to touch least is kept.
    """
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (c.cost, len(set(c.args)), _reach(c), c.node)):
        args = set(candidate.args)
        if not any(set(k.args) <= args and k.latency <= candidate.latency and not _changes_memory(k) for k in kept):
            kept.append(candidate)
    return kept


def _reach(candidate: Candidate) -> int:
    region = candidate.data
    return region.stop - region.start if isinstance(region, Region) else 0


def _changes_memory(candidate: Candidate) -> bool:
    return isinstance(candidate.data, Region) and bool(candidate.data.maps)


class _Best:
    """The best choice so far, and what may be done to it."""

    def __init__(
        self,
        egraph: EGraph,
        classes: Mapping[int, Sequence[Candidate]],
        roots: Sequence[int],
        costs: Costs,
        limit: int | None,
        start: Choice,
    ) -> None:
        self.choice = start
        self._cost = _cost(start, costs)
        self._egraph = egraph
        self._classes = classes
        self._roots = roots
        self._costs = costs
        self._limit = limit

    def improve(self, classes: Mapping[int, Sequence[Candidate]], work: float) -> Solved:
        """Choose among these candidates."""
        from rewriting.choice_model import ChoiceModel  # noqa: PLC0415  (loads CP-SAT, which replaying does without)

        solved = ChoiceModel(classes, self._roots, self._costs, self.choice, self._limit).solve(work)
        used = _used(solved.choice, self._roots)
        cost = _cost(used, self._costs)
        if cost < self._cost:
            self.choice, self._cost = used, cost
        return solved

    def search_neighbourhoods(self, work: float) -> None:
        """Large neighbourhood search: classes near a table's loads, then near a random class, are free, others stay."""
        random = Random(0)
        near = self._neighbours()
        tables = _tables(self._classes)
        while work > 0:
            centres = self._loading(tables.pop(0)) if tables else [random.choice(sorted(self.choice))]
            solved = self.improve(self._restricted(self._ball(near, centres)), min(work, _MOST_NEIGHBOURHOOD_WORK))
            work -= max(solved.work, _LEAST_NEIGHBOURHOOD_WORK)

    def _loading(self, table: Region) -> list[int]:
        """The classes that may be loaded from a table that is changed in place."""
        return [number for number, own in self._classes.items() if any(c.data == table for c in own)]

    def _neighbours(self) -> dict[int, set[int]]:
        """Classes that are one another's operands; what is uniform leads nowhere."""
        near: dict[int, set[int]] = {number: set() for number in self._classes}
        for number, own in self._classes.items():
            for arg in {arg for candidate in own for arg in candidate.args}:
                near[number].add(arg)
                if not self._egraph.uniform(arg):
                    near[arg].add(number)
        return near

    def _ball(self, near: Mapping[int, set[int]], centres: Sequence[int]) -> set[int]:
        ball, queue, size = set(centres), list(centres), 0
        for number in queue:
            size += len(self._classes[number])
            if size > _NEIGHBOURHOOD:
                break
            fresh = sorted(near[number] - ball)
            ball.update(fresh)
            queue.extend(fresh)
        return ball

    def _restricted(self, free: Set[int]) -> dict[int, list[Candidate]]:
        """The candidates of free classes, and what is chosen of others, as far as those can be computed."""
        kept = {
            number: list(own) if number in free else [self.choice[number]]
            for number, own in self._classes.items()
            if number in free or number in self.choice
        }
        removed = True
        while removed:
            removed = False
            for number, own in list(kept.items()):
                possible = [candidate for candidate in own if all(arg in kept for arg in candidate.args)]
                if not possible:
                    del kept[number]
                elif len(possible) < len(own):
                    kept[number] = possible
                removed = removed or len(possible) < len(own)
        return kept
