"""Libraries that are slow to import, and what two threads must not do with them at once."""

from __future__ import annotations

import threading

LOCK = threading.Lock()
"""Held while `torch`, `transformers` or `sentence_transformers` is imported, which others would see half made."""
LOADING = threading.Lock()
"""Held while a model is loaded: `transformers` changes its own classes and torch's default type meanwhile, for all
threads, so that two loads at once leave models without weights (`transformers.initialization`)."""
