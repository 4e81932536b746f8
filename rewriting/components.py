"""Strongly connected components."""

from collections.abc import Mapping


def strong_components(edges: Mapping[int, set[int]]) -> dict[int, int]:
    """The strongly connected component of each vertex, by Tarjan's algorithm without recursion."""
    order: dict[int, int] = {}
    lowest: dict[int, int] = {}
    component: dict[int, int] = {}
    path: list[int] = []
    for root in edges:
        if root in order:
            continue
        stack = [(root, iter(sorted(edges[root])))]
        order[root] = lowest[root] = len(order)
        path.append(root)
        while stack:
            vertex, successors = stack[-1]
            following = next(successors, None)
            if following is None:
                stack.pop()
                if stack:
                    lowest[stack[-1][0]] = min(lowest[stack[-1][0]], lowest[vertex])
                if lowest[vertex] == order[vertex]:
                    while path:
                        member = path.pop()
                        component[member] = vertex
                        if member == vertex:
                            break
            elif following not in order:
                order[following] = lowest[following] = len(order)
                path.append(following)
                stack.append((following, iter(sorted(edges[following]))))
            elif following not in component:
                lowest[vertex] = min(lowest[vertex], order[following])
    return component
