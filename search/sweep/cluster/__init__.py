"""Sweeps as jobs on a cluster, by Ray's job service."""
