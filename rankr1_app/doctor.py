"""What is in force, where it comes from, and whether the parts work."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping

from . import paths
from .catalogue import NONE, entry
from .errors import Problem
from .service import Service, versions
from .settings import Settings


def report(settings: Settings, sources: Mapping[str, str]) -> bool:
    """Print it; True if everything that these settings need is there."""
    print(f"python\t{sys.version.split()[0]}")
    for package, number in versions().items():
        print(f"{package}\t{number}")
    print(f"data folder\t{paths.home()}")
    for field in dataclasses.fields(settings):
        print(f"{field.name}\t{getattr(settings, field.name)}\t({sources.get(field.name, 'default')})")
    service = Service(settings)
    checks: dict[str, Callable[[], str]] = {
        "java": java,
        "index": lambda: index(settings.index),
        "model": lambda: model(service, settings),
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
    """Starts Java as a search would."""
    from .retrieval.java import check

    check()
    return "starts"


def index(name: str) -> str:
    """Opens the index as a search would."""
    from .retrieval import indexes

    info = indexes.show(name)
    return f"{info.name}, {info.documents} documents"


def model(service: Service, settings: Settings) -> str:
    """Whether the engine can be had; a server is asked, nothing is loaded."""
    if settings.reranker == NONE:
        return "none: first stage only"
    known = entry(settings.reranker)
    if settings.engine_kind == "openai":
        import asyncio

        engine = service.engine(settings)

        async def ask() -> None:
            await engine.start()
            await engine.close()

        asyncio.run(ask())
        return f"{engine.model} at {settings.base_url}"
    return f"{known.name}: {known.weights}" + (f" with {known.adapter}" if known.adapter else "")
