"""How a supervised training goes: a row every few steps, in a file and on standard output."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from .batches import TrainingBatch


class Progress:
    """Writes `progress.csv`, a row every ten steps, and the same to standard output."""

    columns = ("step", "seconds", "tokens", "loss", "right", "naming", "decisions", "choices", "length")

    def __init__(self, path: Path, first: int, every: int = 10) -> None:
        self.path, self.first, self.every = path, first, every
        self.rows: list[tuple[float, ...]] = []
        self.tokens = 0
        self.began = time.monotonic()

    def __enter__(self) -> Progress:
        rows = list(self.earlier_rows()) if self.first else []
        if rows:
            self.tokens = int(rows[-1][2])
            self.began -= float(rows[-1][1])
        self.file = self.path.open("w", encoding="utf-8", newline="")
        self.writer = csv.writer(self.file)
        self.writer.writerows([self.columns, *rows])
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def earlier_rows(self) -> Iterator[list[str]]:
        """Yield the rows up to the step that the run goes on from."""
        if self.path.exists():
            with self.path.open(encoding="utf-8", newline="") as lines:
                yield from (row for row in list(csv.reader(lines))[1:] if int(row[0]) <= self.first)

    def add(self, step: int, loss: float, right: dict[str, float], batch: TrainingBatch) -> None:
        """Take in one step."""
        self.tokens += batch.ids.numel()
        self.rows.append((loss, *right.values(), batch.ids.shape[1]))
        if (step + 1) % self.every:
            return
        means = [mean_of(column) for column in zip(*self.rows, strict=True)]
        row = [step + 1, round(time.monotonic() - self.began), self.tokens, *(f"{m:.4f}" for m in means[:-1])]
        row.append(round(means[-1]))
        self.writer.writerow(row)
        self.file.flush()
        print(" ".join(f"{name} {value}" for name, value in zip(self.columns, row, strict=True)), flush=True)
        self.rows.clear()


def mean_of(shares: Sequence[float]) -> float:
    """Return the mean of the shares that are numbers: a step may hold no name to learn."""
    numbers = [share for share in shares if not math.isnan(share)]
    return sum(numbers) / len(numbers) if numbers else math.nan
