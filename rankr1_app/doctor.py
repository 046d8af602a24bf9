"""What is in force, where it comes from, and whether the parts work."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping

from . import engines, paths
from .engines import KINDS
from .errors import Problem
from .plan import resolve
from .settings import Settings
from .versions import versions


def report(settings: Settings, sources: Mapping[str, str]) -> bool:
    """Print it; return True if everything that these settings need is there."""
    print(f"python\t{sys.version.split()[0]}")
    for package, number in versions().items():
        print(f"{package}\t{number}")
    print(f"data folder\t{paths.home()}")
    for field in dataclasses.fields(settings):
        print(f"{field.name}\t{getattr(settings, field.name)}\t({sources.get(field.name, 'default')})")
    checks: dict[str, Callable[[], str]] = {
        "java": java,
        "index": lambda: index(settings.index),
        "model": lambda: model(settings),
    }
    fine = True
    for name, check in checks.items():
        try:
            print(f"{name}\tok\t{check()}")
        except Problem as problem:
            fine = False
            print(f"{name}\tFAILED\t{problem}")
    return fine


def java() -> str:
    """Start Java as a search would."""
    from .retrieval.java import check

    check()
    return "starts"


def index(name: str) -> str:
    """Open the index as a search would."""
    from .retrieval import indexes

    info = indexes.show(name)
    return f"{info.name}, {info.documents} documents"


def model(settings: Settings) -> str:
    """Return what runs the model. A server is reached, nothing is loaded."""
    spec = resolve(settings).engine
    if spec is None:
        return "none: first stage only"
    if not KINDS[spec.kind].remote:
        return f"{settings.reranker}: {spec.model}" + (f" with {spec.adapter}" if spec.adapter else "")
    import asyncio

    engine = engines.create(spec)

    async def reach() -> None:
        await engine.start()
        await engine.close()

    asyncio.run(reach())
    return f"{engine.model} at {spec.base_url}"
