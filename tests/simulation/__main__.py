"""`python -m tests.simulation FIRST [LAST] [--plant NAME] [--until-found]`: runs seeds, prints each that fails; ends with 1 when one did."""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings


def main() -> int:
    """Runs the seeds asked for; under a fixed hash seed, because the order of sets of text is part of a run."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]], {**os.environ, "PYTHONHASHSEED": "0"})
    parser = argparse.ArgumentParser(prog="tests.simulation", description=__doc__)
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int, nargs="?", help="exclusive; by default one seed")
    parser.add_argument("--plant", default="none")
    parser.add_argument("--until-found", action="store_true", help="stop at the first seed that finds something")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--trace", action="store_true", help="say a digest of all that was said")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    from tests.simulation.planted import PLANTS  # noqa: PLC0415
    from tests.simulation.seeds import prepare, try_seed  # noqa: PLC0415

    prepare()
    failed = 0
    for seed in range(asked.first, asked.last if asked.last is not None else asked.first + 1):
        began = time.perf_counter()
        outcome = try_seed(seed, PLANTS[asked.plant])
        if outcome.violations:
            failed += 1
            print(f"seed {seed} FAILED: uv run pytest tests/simulation --seed {seed}")  # noqa: T201
            for violation in outcome.violations[:12]:
                print(f"  {violation}")  # noqa: T201
            if asked.until_found:
                break
        if asked.trace:
            print(f"seed {seed}: digest {outcome.digest}")  # noqa: T201
        if asked.verbose:
            print(f"seed {seed}: {time.perf_counter() - began:.2f} s, {dict(outcome.counts)}", flush=True)  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
