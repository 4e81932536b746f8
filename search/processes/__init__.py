"""Processes: pools of workers, isolated calls with limits, and their ends."""
