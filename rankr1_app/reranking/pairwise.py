"""Pairwise: the better of two documents, call by call. A setwise reranker with two documents a call."""

from __future__ import annotations

from dataclasses import replace

from ..engines.protocol import Engine
from ..plan import Plan
from .setwise import Setwise
from .setwise import create as setwise


def create(plan: Plan, engine: Engine) -> Setwise:
    """Return the reranker of a plan on its engine."""
    return replace(setwise(plan, engine), docs_per_call=2)
