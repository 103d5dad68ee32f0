"""
What a job is doing, for those who watch: one small object of the raw zone, `jobs/JOB.json`, which the Pipeline page
shows. services/contracts/spark-jobs.ts has its schema.
"""

import json
import threading
import time
from datetime import UTC, datetime

from .contract import CONTRACT
from .lake import Lake

# Whoever looks takes a job that has said nothing for three times as long for dead.
HEARTBEAT_S = 5
# A page that is looked at every second or two sees no more.
SHORTEST_S = 1


class Progress:
    """Written when it changes, once a second at most, and every five seconds in any case while the job lives."""

    def __init__(self, lake: Lake, job: str) -> None:
        now = _now()
        self._lake = lake
        self._name = f"{CONTRACT.jobs_prefix}{job}.json"
        self._state: dict = {
            "job": job,
            "state": "running",
            "started_at": now,
            "updated_at": now,
            "step": "starting",
            "metrics": {},
        }
        self._changed = threading.Event()
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._writer = threading.Thread(target=self._write_on, daemon=True)
        self._changed.set()
        self._writer.start()

    def step(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """What is being done, and how much of it is, where that is known."""
        with self._lock:
            self._state["step"] = text
            for name, value in (("done", done), ("total", total)):
                if value is None:
                    self._state.pop(name, None)
                else:
                    self._state[name] = value
        self._changed.set()

    def metrics(self, **figures: float) -> None:
        """Figures by name, with the unit in the name; those not named stay as they are."""
        with self._lock:
            self._state["metrics"] |= figures
        self._changed.set()

    def end(self, error: BaseException | None = None) -> None:
        """Says that the job has ended, with what it ended by when it failed."""
        with self._lock:
            self._state["state"] = "failed" if error else "done"
            if error:
                self._state["error"] = (
                    str(error).strip().splitlines()[0][:500] if str(error) else type(error).__name__
                )
        self._ended.set()
        self._changed.set()
        self._writer.join()

    def _write_on(self) -> None:
        while True:
            self._changed.wait(HEARTBEAT_S)
            self._changed.clear()
            is_last = self._ended.is_set()
            with self._lock:
                self._state["updated_at"] = _now()
                body = json.dumps(self._state).encode()
            try:
                self._lake.put(self._lake.environment.raw, self._name, body)
            except Exception as error:
                print(f"progress of {self._state['job']} not written: {error}", flush=True)
            if is_last:
                return
            self._ended.wait(SHORTEST_S)


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
