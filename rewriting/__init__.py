"""The superoptimizer: equal graphs, found by proven rules, and chosen by what their operations cost."""
