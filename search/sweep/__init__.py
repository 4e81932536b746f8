"""Sweeps: many trials over knobs, policies and machines, on any executor, that survive anything."""
