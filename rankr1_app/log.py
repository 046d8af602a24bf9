"""The log file: faults of our own with their tracebacks, for whoever mends them."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler

from . import paths
from .errors import logger

SIZE = 1_000_000
"""Bytes after which the log begins anew; one earlier file is kept."""


def configure() -> None:
    """Write what is logged to `rankr1.log` in the data folder, made when there is something to write. A folder that
    cannot be written loses the log and nothing else."""
    path = paths.home() / "rankr1.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=SIZE, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    for earlier in logger.handlers:
        earlier.close()
    logger.handlers[:] = [handler]
    logger.propagate = False
