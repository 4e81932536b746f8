"""Stages that search, and the sessions that run them."""
