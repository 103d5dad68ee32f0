"""How far a long command is: a bar in a terminal, and a line of JSON for a process that listens."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm


class Progress:
    """
    :param machine: lines of JSON on standard output, as `progress` of the contract has them, instead of a bar
    """

    def __init__(self, *, machine: bool = False, quiet: bool = False) -> None:
        self.machine = machine
        self.quiet = quiet
        self.timings: dict[str, float] = {}
        self._step = ""
        self._done = 0.0
        self._total = 0.0
        self._bar: tqdm | None = None

    @contextmanager
    def step(self, title: str, total: float = 1) -> Iterator[None]:
        began = time.monotonic()
        self._step, self._done, self._total = title, 0, total
        if not self.machine and not self.quiet:
            shape = "{desc:<38}{percentage:3.0f}%|{bar:20}| {elapsed}{postfix}"
            self._bar = tqdm(total=total, desc=title, file=sys.stderr, bar_format=shape, leave=True)
        self._tell("")
        try:
            yield
            self._done = total
            self._tell("")
        finally:
            if self._bar is not None:
                self._bar.n = self._done
                self._bar.close()
                self._bar = None
            self.timings[title] = round(time.monotonic() - began, 2)

    def advance(self, by: float = 1, text: str = "") -> None:
        self._done += by
        self._tell(text)

    def say(self, text: str) -> None:
        if self.quiet:
            return
        if self.machine:
            self._tell(text)
        else:
            tqdm.write(text, file=sys.stderr)

    def _tell(self, text: str) -> None:
        if self._bar is not None:
            self._bar.n = self._done
            if text:
                self._bar.set_postfix_str(f" {text}", refresh=False)
            self._bar.refresh()
        elif self.machine:
            event = {"step": self._step, "done": round(self._done, 2), "total": self._total, "text": text}
            sys.stdout.write(f"{json.dumps(event)}\n")
            sys.stdout.flush()
