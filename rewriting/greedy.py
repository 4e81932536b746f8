"""Choices of nodes made class by class: by what a term costs, as a tree or with sharing, or by when it is ready."""

import heapq
from collections import deque
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rewriting.components import strong_components
from rewriting.node_costs import Candidate

Key = tuple[float, float]


def choose_by_cost(classes: Mapping[int, Sequence[Candidate]]) -> dict[int, Candidate]:
    """For each class the node of the cheapest tree, sharing left out of account; ties go to the shallower one."""
    return _choose(classes, lambda c, args: (c.cost + sum(a[0] for a in args), _latest(c, [a[1] for a in args])))


def choose_by_depth(classes: Mapping[int, Sequence[Candidate]]) -> dict[int, Candidate]:
    """For each class the node that is ready first; ties go to the cheaper tree."""
    return _choose(classes, lambda c, args: (_latest(c, [a[0] for a in args]), c.cost + sum(a[1] for a in args)))


def choose_with_sharing(classes: Mapping[int, Sequence[Candidate]]) -> dict[int, Candidate]:
    """For each class the node that costs least with all that it needs, each class that it needs paid once.

    What a class needs is kept as a set, and improved until nothing changes (the "greedy DAG" extraction of egg's
    extraction gym).  A tree counts a shared term as often as it is read, which forbids choices by shared bits.
    """
    if all(len(own) <= 1 for own in classes.values()):
        return choose_by_cost(classes)
    numbers = list(classes)
    place = {number: index for index, number in enumerate(numbers)}
    users: dict[int, set[int]] = {number: set() for number in numbers}
    for number, own in classes.items():
        for candidate in own:
            for arg in candidate.args:
                users[arg].add(number)
    prices = np.zeros(len(numbers))
    needs: dict[int, NDArray[np.bool_]] = {}
    totals: dict[int, float] = {}
    choice = choose_by_cost(classes)
    queue = deque(in_order(choice))
    queued = set(queue)
    while queue:
        number = queue.popleft()
        queued.discard(number)
        best = _best_with_sharing(classes[number], place, needs, place[number], prices)
        if best is None or best[0] > totals.get(number, np.inf) - 1e-9:
            continue
        totals[number], needs[number], choice[number] = best
        prices[place[number]] = choice[number].cost
        for user in users[number] - queued:
            queue.append(user)
            queued.add(user)
    components = strong_components({number: set(candidate.args) for number, candidate in choice.items()})
    return choice if len(set(components.values())) == len(components) else choose_by_cost(classes)


def _best_with_sharing(
    own: Sequence[Candidate],
    place: Mapping[int, int],
    needs: Mapping[int, NDArray[np.bool_]],
    itself: int,
    prices: NDArray[np.float64],
) -> tuple[float, NDArray[np.bool_], Candidate] | None:
    """The cheapest candidate that does not need its own class: its total, the classes it needs, and itself."""
    best = None
    for candidate in own:
        if any(arg not in needs or needs[arg][itself] for arg in candidate.args):
            continue
        needed = np.zeros(len(prices), dtype=np.bool_)
        for arg in candidate.args:
            needed |= needs[arg]
        total = candidate.cost + float(prices[needed].sum())
        if best is None or total < best[0]:
            needed[itself] = True
            best = total, needed, candidate
    return best


def _latest(candidate: Candidate, ready: Sequence[float]) -> float:
    return candidate.latency + max(ready, default=0)


def _choose(
    classes: Mapping[int, Sequence[Candidate]], key_of: Callable[[Candidate, list[Key]], Key]
) -> dict[int, Candidate]:
    """Knuth's generalisation of Dijkstra's algorithm: classes are settled in the order of their keys."""
    users: dict[int, list[tuple[int, Candidate]]] = {}
    missing: dict[int, int] = {}
    heap: list[tuple[Key, int, int, Candidate]] = []
    for number, own in classes.items():
        for candidate in own:
            args = set(candidate.args)
            missing[id(candidate)] = len(args)
            for arg in args:
                users.setdefault(arg, []).append((number, candidate))
            if not args:
                heapq.heappush(heap, (key_of(candidate, []), number, candidate.node, candidate))
    settled: dict[int, Key] = {}
    choice: dict[int, Candidate] = {}
    while heap:
        key, number, _, candidate = heapq.heappop(heap)
        if number in settled:
            continue
        settled[number], choice[number] = key, candidate
        for user, using in users.get(number, ()):
            missing[id(using)] -= 1
            if missing[id(using)] == 0 and user not in settled:
                entry = key_of(using, [settled[arg] for arg in using.args])
                heapq.heappush(heap, (entry, user, using.node, using))
    return choice


def used_classes(roots: Sequence[int], choice: Mapping[int, Candidate]) -> set[int]:
    """The classes that a choice needs for its roots."""
    used: set[int] = set()
    pending = list(roots)
    while pending:
        number = pending.pop()
        if number not in used:
            used.add(number)
            pending.extend(choice[number].args)
    return used


def in_order(choice: Mapping[int, Candidate]) -> list[int]:
    """The classes of a choice, operands first."""
    done: dict[int, None] = {}
    for root in choice:
        stack = [(root, False)]
        while stack:
            number, expanded = stack.pop()
            if number in done:
                continue
            if expanded:
                done[number] = None
            else:
                stack.append((number, True))
                stack.extend((arg, False) for arg in choice[number].args)
    return list(done)


def depths(choice: Mapping[int, Candidate]) -> dict[int, int]:
    """When each class of a choice is ready, engines being without limit."""
    ready: dict[int, int] = {}
    for number in in_order(choice):
        ready[number] = choice[number].latency + max((ready[arg] for arg in choice[number].args), default=0)
    return ready
