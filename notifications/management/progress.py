"""The main job's progress in a terminal: routed, rendered, sent, proven, letters per second, time left."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from notifications.queries import JobProgress


class Bars:
    """Four bars on a terminal; one line every few seconds where there is none (a log file)."""

    EVERY_SECONDS = 5

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.console = Console(file=sys.stderr)
        self.bars = Progress(
            TextColumn("{task.description:<9}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(), console=self.console, disable=quiet or not self.console.is_terminal,
        )  # fmt: skip
        self.tasks = {
            name: self.bars.add_task(name, total=None, rate="")
            for name in ("routed", "rendered", "sent", "proven")
        }
        self._said_at = 0.0
        self._made_at: tuple[float, int] | None = None

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bars.stop()

    def show(self, stage: str, progress: JobProgress) -> None:
        """Take in new figures; `stage` is the step the run is at."""
        rate = self._rate(progress)
        figures = {
            "routed": (progress.routed, progress.people), "rendered": (progress.made, progress.letters),
            "sent": (progress.sent, progress.letters), "proven": (progress.proven, progress.people),
        }  # fmt: skip
        for name, (done, total) in figures.items():
            self.bars.update(
                self.tasks[name],
                completed=done,
                total=total,
                rate=rate if name == "rendered" else "",
            )
        now = time.monotonic()
        if (
            not self.quiet
            and not self.console.is_terminal
            and (now - self._said_at > self.EVERY_SECONDS or stage == "done")
        ):
            self._said_at = now
            line = "  ".join(f"{name} {done}/{total}" for name, (done, total) in figures.items())
            self.console.print(f"{line}  {rate}", highlight=False, soft_wrap=True)

    def say(self, sentence: str) -> None:
        """A line of its own above the bars."""
        if not self.quiet:
            self.console.print(sentence, highlight=False, soft_wrap=True)

    def _rate(self, progress: JobProgress) -> str:
        now = time.monotonic()
        if self._made_at is None or progress.made < self._made_at[1]:
            self._made_at = (now, progress.made)
        since, before = self._made_at
        made = progress.made - before
        return f"{made / (now - since):.1f} letters/s" if made and now > since else ""
