"""Encoders: models that turn a text into a vector, in this process or on a server; which are known is data.

What shapes a vector is its encoder's `identity`: an index of vectors keeps it, and takes no other.
"""

from __future__ import annotations

import functools
import hashlib
import threading
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

from .. import paths
from ..errors import Problem, shown
from ..slow import LOADING, LOCK
from ..tables import resolve
from ..threads import threads

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    Vectors = NDArray[float32]

DEFAULT = "all-MiniLM-L6-v2"
"""The encoder that comes with the product."""
SERVER = "rankr1_app.retrieval.embeddings:Endpoint"
Role = Literal["query", "passage"]
TEXT = "title, blank, text"
"""What is encoded of a document."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An encoder of the catalogue, whose file says what each field means."""

    name: str
    about: str
    model: str
    dimension: int
    tokens: int
    pooling: Literal["mean", "cls", "last"]
    licence: str
    revision: str = ""
    package: str = ""
    sha256: str = ""
    query: str = ""
    passage: str = ""
    normalised: bool = True
    code: bool = False

    @property
    def identity(self) -> dict[str, Any]:
        """Everything that shapes a vector."""
        left = {"about", "licence", "package", "code"}
        return {"text": TEXT, **{name: value for name, value in asdict(self).items() if name not in left}}

    def prefixed(self, texts: Sequence[str], role: Role) -> list[str]:
        """Return texts as the model is given them."""
        prefix = self.query if role == "query" else self.passage
        return [prefix + text for text in texts]


class Encoder(Protocol):
    """Turns texts into vectors. Calls block; several threads may call at once, of which `lanes` are worth it."""

    lanes: int

    @property
    def entry(self) -> Entry:
        """What it is."""

    @property
    def place(self) -> str:
        """Where it runs, in words: `cpu`, `cuda:0`, or a server's address."""

    def start(self) -> None:
        """Be ready, which may take seconds. Raises `Problem` where it cannot be."""

    def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """Return a vector for each text, in rows. Raises `Problem`."""

    def cut(self, texts: Sequence[str]) -> int:
        """Return how many passages are longer than what is read of them; 0 where that is not known."""


def entries() -> dict[str, Entry]:
    """Return all encoders by name: those of the product, then the user's own. Raises `Problem` for a file of the
    user's that is not valid, or that takes a name of the product."""
    own = paths.home() / "encoders.toml"
    bundled = read(paths.MODELS / "encoders.toml", 0)
    if not own.is_file():
        return bundled
    added = read(own, own.stat().st_mtime_ns)
    if taken := [name for name in added if name in bundled]:
        raise Problem(f"encoder {shown(taken[0])} in {shown(str(own))} is a name of the product, choose another one")
    return {**bundled, **added}


@functools.lru_cache(maxsize=4)
def read(path: Path, changed: int) -> dict[str, Entry]:
    """Return the encoders of a file that was last `changed` then. Raises `Problem`."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
        return {name: msgspec.convert({"name": name, **table}, Entry) for name, table in tables.items()}
    except (OSError, ValueError, TypeError) as error:
        raise Problem(f"encoders {shown(str(path))} are not valid: {error}") from error


def entry(name: str) -> Entry:
    """Return the encoder of that name. Raises `Problem` for an unknown one."""
    found = entries()
    if name not in found:
        raise Problem(f"encoder {shown(name)} is unknown, known are {', '.join(found)}")
    return found[name]


@functools.lru_cache(maxsize=4)
def encoder(spec: Entry, url: str = "") -> Encoder:
    """Return the encoder of an entry, shared by all who ask for it: on the server at `url`, or in this process.
    Nothing is loaded or reached yet."""
    made: Encoder = resolve(SERVER)(spec, url) if url else Local(spec)
    return made


class Local:
    """An encoder in this process, loaded when it is first needed."""

    lanes = 1

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.lock = threading.Lock()

    @functools.cached_property
    def model(self) -> Any:
        """The model. Raises `Problem` where it cannot be loaded."""
        return load(self.entry)

    @property
    def place(self) -> str:
        """The device it runs on."""
        with self.lock:
            return str(self.model.device)

    def start(self) -> None:
        """Load the model."""
        with self.lock:
            self.model  # noqa: B018

    def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """Return a vector for each text."""
        import numpy

        with self.lock, threads(1 if role == "query" else 0):
            found = self.model.encode(
                self.entry.prefixed(texts, role),
                prompt="",
                normalize_embeddings=self.entry.normalised,
                show_progress_bar=False,
            )
        return numpy.ascontiguousarray(found, dtype=numpy.float32).reshape(len(texts), self.entry.dimension)

    def cut(self, texts: Sequence[str]) -> int:
        """Return how many passages are longer than what is read of them."""
        with self.lock:
            tokenizer = self.model.tokenizer
            ids = tokenizer(self.entry.prefixed(texts, "passage"), truncation=False, verbose=False)["input_ids"]
        return sum(len(each) > self.entry.tokens for each in ids)


def load(entry: Entry) -> Any:
    """Load a model by sentence-transformers. Raises `Problem`."""
    if entry.code:
        raise Problem(
            f"encoder {shown(entry.name)} brings code of its own, which is not run here: let a server run it, "
            "and give its address with --encoder-url"
        )
    folder = checkpoint(entry)
    with LOCK:
        import transformers
        from sentence_transformers import SentenceTransformer

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()

    try:
        with LOADING:
            model = SentenceTransformer(str(folder or entry.model), revision=entry.revision or None)
    except (OSError, ValueError, RuntimeError) as error:
        raise Problem(
            f"encoder {shown(entry.name)} cannot be loaded: {shown(entry.model)} is not here and could not be fetched, "
            f"or is damaged; without a network, {shown(DEFAULT)} is the one that comes with the product"
        ) from error
    model.max_seq_length = entry.tokens
    if (found := model.get_embedding_dimension()) != entry.dimension:
        raise Problem(
            f"encoder {shown(entry.name)} gives vectors of {found} numbers, the catalogue says {entry.dimension}"
        )
    return model


def checkpoint(entry: Entry) -> Path | None:
    """Return the folder that the entry's package carries, None where it has none. Raises `Problem` unless it holds
    the weights that the catalogue means."""
    spec = find_spec(entry.package) if entry.package else None
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "model"
    if entry.sha256 and digest(folder / "model.safetensors") != entry.sha256:
        raise Problem(
            f"encoder {shown(entry.name)} in package {shown(entry.package)} is not the one this product means "
            "(its weights have another digest), install requirements.txt again"
        )
    return folder


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, empty for one that cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
