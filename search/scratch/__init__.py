"""Scratch words: lifetimes of buffers under a schedule, and addresses for them."""
