"""Checks of kernels that users write: where they go wrong, and on which small input."""
