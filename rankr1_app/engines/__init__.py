"""Engines: messages in, streamed text out. See `protocol` for the shape they share."""

from __future__ import annotations

from pathlib import Path

from ..errors import Problem, shown
from .protocol import Engine

KINDS = ("transformers", "openai", "vllm")


def create(
    kind: str, *, model: str, adapter: str, base_url: str, timeout: float, concurrency: int, cache: Path | None
) -> Engine:
    """The engine of that kind for `model` (a folder, a checkpoint's name, or the name a server knows it by),
    with the LoRA `adapter` if one is named. Nothing is loaded yet; `concurrency` 0 is the engine's own choice;
    answers are kept in the folder `cache` if there is one."""
    engine = plain(kind, model, adapter, base_url, timeout, concurrency)
    if cache is None:
        return engine
    from .answers import CachedEngine, checkpoint_state

    identity = " ".join((model, adapter, base_url, checkpoint_state(model, adapter)))
    return CachedEngine(engine, cache, identity, remote=kind == "openai")


def plain(kind: str, model: str, adapter: str, base_url: str, timeout: float, concurrency: int) -> Engine:
    """The engine itself."""
    if kind == "transformers":
        from .transformers import Transformers

        return Transformers(model, adapter, concurrency=concurrency or 8)
    if kind == "openai":
        from .openai import OpenAI

        return OpenAI(base_url, model, timeout=timeout, concurrency=concurrency or 16)
    if kind == "vllm":
        from .vllm import VLLM

        return VLLM(model, adapter, timeout=timeout, concurrency=concurrency or 64)
    raise Problem(f"engine {shown(kind)} is unknown, known are {', '.join(KINDS)}")
