"""Fuzzing: cases of all targets in turn, from a seed that is printed; ends with code 1 at the first finding."""

import argparse
import sys
import tempfile
import warnings
from pathlib import Path
from random import SystemRandom

from tests.fuzz.running import fuzz, table, targets
from tests.search.faulty_runs import SUBJECTS, fault_table, sweep_over


def main() -> int:
    """Fuzz; 1 if there was a finding."""
    arguments = _arguments()
    chosen = [each for each in targets() if not arguments.only or each.name in arguments.only]
    seed = SystemRandom().randrange(1 << 32) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", flush=True)
    finding = fuzz(chosen, seed, 60 * arguments.minutes, arguments.cases)
    print("\n".join(table(chosen)), flush=True)
    if finding is not None:
        print(finding, file=sys.stderr)
        return 1
    if arguments.faults:
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads, which do nothing here
        with tempfile.TemporaryDirectory(prefix="slotsmith-fuzz-") as name:
            subjects = SUBJECTS if arguments.ray is None else [sweep_over(arguments.ray)]
            print("\n".join(fault_table(Path(name), subjects)))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="for all targets together")
    parser.add_argument("--cases", type=int, help="of each target, however long they take")
    parser.add_argument("--seed", type=int, help="to see again what was found")
    parser.add_argument("--only", action="append", choices=[each.name for each in targets()], help="only this target")
    parser.add_argument("--faults", action="store_true", help="then a fault at each use of the system in turn")
    parser.add_argument("--ray", help="with --faults: only at calls of Ray, of a sweep over the Ray at this address")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
