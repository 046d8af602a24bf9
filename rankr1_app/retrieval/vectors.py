"""The vectors of an index: one for each document, in Lucene's own order, and the search among them by FAISS.

They lie in a folder of the index that is named after their encoder, and count once `meta.json` names them. While they
are made, whole vectors are appended to one file: a killed build goes on after the last of them.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from ..errors import Problem, shown
from . import bm25, indexes
from .folder import META, Folder
from .indexes import IndexInfo, VectorsInfo

if TYPE_CHECKING:
    from .encoders import Encoder, Vectors

FLAT = 200_000
"""Vectors up to which all are compared with a query; above, those of the nearest lists."""
PROBES = 16
"""Lists whose vectors are compared with a query."""
SAMPLE = 64
"""Vectors to a list that are looked at when lists are made; FAISS wants 39."""
STEP = 0.3
"""How far a query's vector moves towards the first documents of a fused list, for what is near to both (Rocchio for
vectors, Li et al., arXiv 2108.11044); the bundled model's card says how it was chosen."""
WINDOW = 128
"""Documents encoded and written together."""
BLOCK = 50_000
"""Vectors added to the lists together."""
NUMBERS, LISTS = "vectors.f32", "lists.faiss"


@dataclass(frozen=True)
class Progress:
    """How far a build is: documents encoded of all, and how many of them were longer than what was read of them."""

    done: int
    documents: int
    cut: int


Tell = Callable[[Progress], None]


def build(info: IndexInfo, encoder: Encoder, tell: Tell = lambda _: None, *, flat: int = FLAT) -> IndexInfo:
    """Give an index vectors by an encoder, in place of those that it may have; nothing is done where it has them. What
    a killed build wrote is kept and gone on from. Raises `Problem`."""
    place = Path(info.folder)
    try:
        # A lock of their own: a text can be indexed anew meanwhile, which the last step sees.
        with FileLock(Folder(place).beside("vectors")):
            current = indexes.read_meta(place)
            if current.vectors is not None and current.vectors.encoder == encoder.entry.identity:
                return current
            target = place / folder_of(encoder.entry.identity)
            target.mkdir(exist_ok=True)
            cut = encode(current, encoder, target / NUMBERS, tell)
            lists = make_lists(target, current.documents, encoder.entry.dimension, flat)
            fresh = VectorsInfo(encoder.entry.identity, target.name, lists, min(PROBES, lists), cut)
            return commit(current, fresh)
    except OSError as error:
        raise Problem(
            f"vectors of index {shown(info.name)} cannot be written to {shown(str(place), 200)}: {error.strerror}; "
            "make room and run it again, it goes on where it was"
        ) from error


def folder_of(identity: dict[str, Any]) -> str:
    """Return the name of the folder for the vectors of an encoder."""
    text = json.dumps(identity, sort_keys=True, ensure_ascii=False)
    return f"vectors-{hashlib.blake2b(text.encode(), digest_size=4).hexdigest()}"


def encode(info: IndexInfo, encoder: Encoder, file: Path, tell: Tell) -> int:
    """Append the vectors that the file lacks; return how many of their documents were cut."""
    width = 4 * encoder.entry.dimension
    with file.open("ab") as out:
        done = min(out.tell() // width, info.documents)
        out.truncate(done * width)
        cut = sum(map(encoder.cut, texts(info, 0, done)))
        tell(Progress(done, info.documents, cut))
        for vectors, longer in ahead(texts(info, done, info.documents), encoder):
            out.write(vectors.tobytes())
            out.flush()
            done, cut = done + len(vectors), cut + longer
            tell(Progress(done, info.documents, cut))
        os.fsync(out.fileno())
    if done != info.documents:
        raise Problem(f"index {shown(info.name)} changed while its vectors were built, build them again")
    return cut


def texts(info: IndexInfo, start: int, stop: int) -> Iterator[list[str]]:
    """Yield what is encoded of the documents with numbers from `start` to below `stop`, a window at a time."""
    opened = bm25.opened(info.folder)
    try:
        for first in range(start, stop, WINDOW):
            numbers = range(first, min(first + WINDOW, stop))
            yield [f"{each.title} {each.text}".strip() for each in opened.numbered(numbers)]
    finally:
        opened.close()


def ahead(windows: Iterator[list[str]], encoder: Encoder) -> Iterator[tuple[Vectors, int]]:
    """Yield the vectors of each window and how many of its texts were cut; as many windows as the encoder takes are
    encoded at once."""

    def one(window: list[str]) -> tuple[Vectors, int]:
        return encoder.embed(window, "passage"), encoder.cut(window)

    waiting: deque[Future[tuple[Vectors, int]]] = deque()
    with ThreadPoolExecutor(encoder.lanes) as lanes:
        for window in windows:
            waiting.append(lanes.submit(one, window))
            if len(waiting) > encoder.lanes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def make_lists(target: Path, documents: int, dimension: int, flat: int) -> int:
    """Write the lists of more than `flat` vectors; return how many there are, 0 for none."""
    if documents <= flat:
        return 0
    import faiss
    import numpy

    matrix = mapped(target / NUMBERS, dimension)
    lists = max(1, min(round(4 * math.sqrt(documents)), documents // 39))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimension), dimension, lists, faiss.METRIC_INNER_PRODUCT)
    sample = numpy.random.default_rng(929).choice(documents, min(documents, SAMPLE * lists), replace=False)
    index.train(matrix[numpy.sort(sample)])
    for start in range(0, documents, BLOCK):
        index.add(matrix[start : start + BLOCK])
    fresh = target / f"{LISTS}.new"
    faiss.write_index(index, str(fresh))
    with fresh.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(fresh, target / LISTS)
    return lists


def commit(info: IndexInfo, vectors: VectorsInfo) -> IndexInfo:
    """Let the index's description name its vectors, and delete those it named before. Raises `Problem` where the index
    was replaced meanwhile."""
    place = Path(info.folder)
    with Folder(place).locked():
        if indexes.read_meta(place) != info or not (place / vectors.folder).is_dir():
            raise Problem(f"index {shown(info.name)} changed while its vectors were built, build them again")
        fresh = replace(info, parts=(*dict.fromkeys([*info.parts, "vectors"]),), vectors=vectors)
        indexes.write_meta(place / f"{META}.new", fresh)
        os.replace(place / f"{META}.new", place / META)
        for other in place.glob("vectors-*"):
            if other.name != vectors.folder:
                shutil.rmtree(other, ignore_errors=True)
    return fresh


def mapped(file: Path, dimension: int) -> Vectors:
    """Return a file of vectors as rows, of which only what is looked at is read."""
    import numpy

    found: Vectors = numpy.memmap(file, dtype=numpy.float32, mode="r").reshape(-1, dimension)
    return found


@dataclass(frozen=True)
class Searcher:
    """The vectors of an index, opened. `index` is FAISS's: None where `matrix` itself is searched."""

    matrix: Vectors
    index: Any
    how: str

    def nearest(self, vector: Vectors, depth: int) -> list[tuple[int, float]]:
        """Return the numbers of the documents whose vectors have the largest inner products with `vector`, and these,
        best first."""
        query = vector.reshape(1, -1)
        depth = min(depth, len(self.matrix))
        if self.index is None:
            import faiss

            scores, numbers = faiss.knn(query, self.matrix, depth, metric=faiss.METRIC_INNER_PRODUCT)
        else:
            scores, numbers = self.index.search(query, depth)
        pairs = zip(numbers[0].tolist(), scores[0].tolist(), strict=True)
        return [(number, score) for number, score in pairs if number >= 0]

    def places(self, vector: Vectors, numbers: Sequence[int]) -> list[tuple[int, float]]:
        """Return the place, from 1, of each document's vector among all by its inner product with `vector`, and
        this."""
        products = self.matrix @ vector
        return [(int((products > products[number]).sum()) + 1, float(products[number])) for number in numbers]


def moved(own: Vectors, others: Vectors, step: float) -> Vectors:
    """Return a query's vector moved a `step`, from 0 to 1, towards the mean of others, as long as it was."""
    found = (1 - step) * own + step * others.mean(axis=0)
    sized: Vectors = found * ((own @ own) / (found @ found)) ** 0.5
    return sized


def nearness(
    own: Vectors, rows: Mapping[str, Vectors], first: Sequence[str], documents: Sequence[str]
) -> dict[str, float]:
    """Return the inner product of each document's vector, of those in `rows`, with a query's that is moved towards
    those of the `first`."""
    import numpy

    others = [rows[each] for each in first if each in rows]
    near = moved(own, numpy.array(others), STEP) if others else own
    return {each: float(rows[each] @ near) for each in documents if each in rows}


def made(info: IndexInfo) -> VectorsInfo:
    """Return what the vectors of an index are. Raises `Problem` where it has none."""
    if info.vectors is None:
        raise Problem(
            f"index {shown(info.name)} has no vectors, `rankr1 index build --dense --name {info.name}` adds them"
        )
    return info.vectors


def searcher(info: IndexInfo) -> Searcher:
    """Open the vectors of an index. Raises `Problem` where it has none, or they are damaged."""
    vectors = made(info)
    folder, dimension = Path(info.folder) / vectors.folder, int(vectors.encoder["dimension"])
    faiss = library()
    try:
        matrix = mapped(folder / NUMBERS, dimension)
        index = faiss.read_index(str(folder / LISTS), faiss.IO_FLAG_MMAP_IFC) if vectors.lists else None
    except (OSError, ValueError, RuntimeError) as error:
        raise damaged(info) from error
    if len(matrix) != info.documents or (index is not None and index.ntotal != info.documents):
        raise damaged(info)
    if index is not None:
        index.nprobe = vectors.probes
    how = f"the {vectors.probes} nearest of {vectors.lists} lists" if vectors.lists else "all compared"
    if faiss.get_num_gpus():
        return Searcher(matrix, on_gpu(faiss, matrix, index), f"{how}, on the GPU")
    return Searcher(matrix, index, f"{how}, on the CPU")


def library() -> Any:
    """Return FAISS. Raises `Problem` where it cannot be imported: faiss-gpu raises a RuntimeError where parts of CUDA
    are missing."""
    try:
        import faiss
    except (ImportError, RuntimeError) as error:
        raise Problem(f"FAISS does not start: {error}; `rankr1 doctor` says which packages of it are there") from error
    return faiss


def faiss_here() -> str:
    """Return which FAISS is installed and what it runs on. Raises `Problem` where it is not sound."""
    packages = [name for name in ("faiss-cpu", "faiss-gpu") if is_installed(name)]
    if len(packages) > 1:
        raise Problem(
            "faiss-cpu and faiss-gpu are both installed and write the same files: uninstall both, then install one"
        )
    faiss = library()
    gpus = int(faiss.get_num_gpus())
    return f"{' '.join(packages) or 'FAISS'} {faiss.__version__}, {f'{gpus} GPUs' if gpus else 'on the CPU'}"


def is_installed(package: str) -> bool:
    """Return whether pip knows the package."""
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def on_gpu(faiss: Any, matrix: Vectors, index: Any) -> Any:
    """Return FAISS's index on the first GPU."""
    if index is None:
        index = faiss.IndexFlatIP(matrix.shape[1])
        index.add(matrix)
    return faiss.index_cpu_to_gpu(faiss.StandardGpuResources(), 0, index)


def damaged(info: IndexInfo) -> Problem:
    """Return what to say of vectors that cannot be used."""
    return Problem(
        f"vectors of index {shown(info.name)} are damaged or not whole: delete folder "
        f"{shown(str(Path(info.folder) / (info.vectors.folder if info.vectors else '')), 200)} and build them again"
    )
