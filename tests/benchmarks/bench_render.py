"""How fast one core writes and verifies letters, and whether memory stays flat.

Run: python tests/benchmarks/bench_render.py. The last line is JSON: milliseconds of processor time per letter to
render and to verify, bytes per letter, and the growth of memory in megabytes over the second half of the run.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from itertools import cycle, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from notifications.rendering.letters import render_letter
from notifications.rendering.verifier import check_letter
from tests.notifications.rendering.cast import NAMES, a_letter, expected

LETTERS = 200


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    render_letter(a_letter())  # fonts, templates and styles are read once per process
    rendering = verifying = size = 0.0
    half = 0.0
    for number, name in enumerate(islice(cycle(NAMES), LETTERS)):
        letter = a_letter(name, "es" if number % 5 else "en")
        start = time.process_time()
        rendered = render_letter(letter)
        middle = time.process_time()
        assert check_letter(rendered.pdf, expected(letter)) == ()
        rendering += middle - start
        verifying += time.process_time() - middle
        size += len(rendered.pdf)
        if number == LETTERS // 2:
            half = megabytes()
    print(
        json.dumps(
            {
                "letters": LETTERS,
                "render_ms": round(1000 * rendering / LETTERS, 1),
                "verify_ms": round(1000 * verifying / LETTERS, 1),
                "bytes": round(size / LETTERS),
                "memory_growth_mb": round(megabytes() - half, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
