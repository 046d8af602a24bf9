"""What is in force, where it comes from, and whether the parts work."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from collections.abc import Callable, Mapping

from . import address, calibration, engines, paths
from .engines import kind_of
from .errors import Problem
from .plan import resolve
from .reranking.sorts import AUTO
from .retrieval import IN_MILVUS
from .settings import Settings
from .store import Store
from .versions import versions

LEAST = 200_000_000
"""Bytes of disk below which the doctor complains."""


def calibrate(settings: Settings) -> None:
    """Measure what calls cost on the engine in use, keep it and say it. Raises `Problem` where it cannot be had."""
    print(f"calls\t{calibration.calibrate(resolve(settings))}")


def report(settings: Settings, sources: Mapping[str, str]) -> bool:
    """Print it; return True if everything that these settings need is there."""
    print(f"python\t{sys.version.split()[0]}")
    for package, number in versions().items():
        print(f"{package}\t{number}")
    print(f"data folder\t{paths.home()}")
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        visible = address.visible(value) if field.name in ("base_url", "encoder_url", "milvus") else value
        print(f"{field.name}\t{visible}\t({sources.get(field.name, 'default')})")
    checks: dict[str, Callable[[], str]] = {
        "java": java,
        "indexes": known_indexes,
        "index": lambda: in_milvus(settings) if settings.retriever in IN_MILVUS else index(settings.index),
        "vectors": lambda: vectors(settings.index),
        "recordings": recordings,
        "disk": disk,
        "model": lambda: model(settings),
        "sort": lambda: sort(settings),
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
    from .retrieval import indexes, lucene
    from .retrieval.languages import LANGUAGES

    info = indexes.show(name)
    language = LANGUAGES.get(info.language, info.language)
    return f"{info.name}, {lucene.count(info.lucene)} documents, {language} analyser, in {info.folder}"


def in_milvus(settings: Settings) -> str:
    """Return what the index in Milvus is."""
    from .retrieval import cluster
    from .retrieval.languages import LANGUAGES

    milvus = cluster.connect(settings.milvus)
    info = cluster.find(milvus, settings.index).info
    encoder = f"vectors by {info.vectors.encoder['name']}" if info.vectors else "no vectors"
    where = address.visible(milvus.place)
    return f"{info.name}, {info.documents} documents, {LANGUAGES[info.language]} analyser, {encoder}, at {where}"


def vectors(name: str) -> str:
    """Return what searches by vectors run on, and those of the index. Raises `Problem` where FAISS does not start."""
    from .retrieval import indexes
    from .retrieval import vectors as parts

    about = parts.faiss_here()
    info = indexes.present(name)
    if info is None or info.vectors is None:
        return f"{about}; index {name} has none"
    return f"{about}; index {name} has those of {info.vectors.encoder['name']}"


def known_indexes() -> str:
    """Return the indexes known by name."""
    from .retrieval import indexes

    return ", ".join(f"{info.name} ({info.documents} documents)" for info in indexes.listed())


def recordings() -> str:
    """Return how many searches are kept, and how large they are."""
    store = Store(paths.recordings())
    return f"{len(store.ids())} searches, {megabytes(store.bytes())}, in {store.folder}"


def disk() -> str:
    """Return how much the data folder's disk has left. Raises `Problem` where it is next to nothing."""
    place = next(path for path in (paths.home(), *paths.home().absolute().parents) if path.is_dir())
    free = shutil.disk_usage(place).free
    if free < LEAST:
        raise Problem(f"disk of {place} has {megabytes(free)} left, make room for indexes and recordings")
    return f"{megabytes(free)} free at {place}"


def megabytes(size: int) -> str:
    """Return a number of bytes as a person reads it."""
    return f"{size / 1e6:,.1f} MB"


def sort(settings: Settings) -> str:
    """Return how ranks will be found, and where that comes from."""
    plan = resolve(settings)
    if plan.engine is None or settings.sort != AUTO:
        return plan.sort
    by = "measured" if calibration.measured(plan.engine) else "usual; rankr1 doctor --calibrate measures them"
    return f"{plan.sort}, the quickest for {plan.depth} candidates by costs of calls that are {by}"


def model(settings: Settings) -> str:
    """Return what runs the model. A server is reached, nothing is loaded."""
    spec = resolve(settings).engine
    if spec is None:
        return "none: first stage only"
    if not kind_of(spec.kind).remote:
        return f"{settings.reranker}: {spec.model}" + (f" with {spec.adapter}" if spec.adapter else "")
    import asyncio

    engine = engines.create(spec)

    async def reach() -> tuple[str, ...]:
        await engine.start()
        notes = engine.notes
        await engine.close()
        return notes

    return "; ".join([f"{engine.model} at {address.visible(spec.base_url)}", *asyncio.run(reach())])
