"""Kernels to optimise, each with its reference."""
