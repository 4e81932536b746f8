"""Stages of a search, a class each: from an incumbent to one that is no worse."""
