"""Fault injection for tests: the process and its JVM die at a named step."""

import os
import signal
from collections import Counter

from pyspark import SparkContext

STEPS = (
    "written",
    "published",
    "state",
    "tagged",
    "merged",
    "merge-published",
    "manifests",
    "expired",
    "orphans",
)


class Faults:
    """@param setting COMPACT_KILL_AFTER: the n-th time of a step, as in published:3; empty for none"""

    def __init__(self, setting: str) -> None:
        step, _, count = setting.partition(":")
        if setting and (step not in STEPS or not (count or "1").isdigit()):
            raise SystemExit(
                f'COMPACT_KILL_AFTER is "{setting}". Name one of {", ".join(STEPS)}, as in published:3.'
            )
        self._step = step
        self._count = int(count or "1")
        self._seen: Counter[str] = Counter()

    def reached(self, step: str) -> None:
        self._seen[step] += 1
        if step == self._step and self._seen[step] == self._count:
            os.kill(SparkContext._gateway.proc.pid, signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)
