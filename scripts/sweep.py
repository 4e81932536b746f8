"""Runs a sweep: ``python scripts/sweep.py sweeps/overnight.toml --executor ray --hours 8 --resume``.

The same as ``slotsmith sweep``, for those who look for a script to submit.
"""

import sys

from search.cli.main import main

if __name__ == "__main__":
    sys.argv.insert(1, "sweep")
    main()
