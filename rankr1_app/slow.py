"""Libraries that are slow to import, and that two threads must not import at once: one would see them half made."""

from __future__ import annotations

import threading

LOCK = threading.Lock()
"""Held while `torch`, `transformers` or `sentence_transformers` is imported."""
