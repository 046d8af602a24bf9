"""Datasets of the Hugging Face Hub by name: `hf:OWNER/NAME[@REVISION][:CONFIGURATION[:SPLIT]]` in place of a corpus.

Rows come one by one over the network, through `datasets` with streaming on; no code of a dataset is run. Before it is
read a name is pinned: revision, configuration and split are filled in, so that an index says what it was made of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from ..errors import Problem, shown
from ..slow import LOCK

PREFIX = "hf:"
FORM = "hf:OWNER/NAME, hf:OWNER/NAME:CONFIGURATION:SPLIT or hf:OWNER/NAME@REVISION"
NAME = re.compile(
    r"(?P<name>([\w-][\w.-]*/)?[\w-][\w.-]*)(@(?P<revision>[\w./-]+))?(:(?P<configuration>[^:]+)(:(?P<split>[^:]+))?)?",
    re.ASCII,
)
COMMIT = re.compile(r"[0-9a-f]{40}")
CORPUS = "corpus"
"""The configuration, or split, of a retrieval dataset that holds its documents."""
CONVERTED = "refs/convert/parquet"
"""The revision at which the Hub has datasets rewritten as Parquet, those that need code of their own included."""
PATIENCE = 20.0
"""Seconds in which the Hub has to say what a dataset is."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A dataset by its `name` on the Hub; what is empty is not chosen yet."""

    name: str
    revision: str = ""
    configuration: str = ""
    split: str = ""

    def __str__(self) -> str:
        revision = f"@{self.revision}" if self.revision else ""
        parts = f":{self.configuration}:{self.split}" if self.split else ""
        return f"{PREFIX}{self.name}{revision}{parts or (self.configuration and f':{self.configuration}')}"

    @property
    def short(self) -> str:
        """The name without its owner."""
        return self.name.rpartition("/")[2]


def dataset(corpus: Path) -> Dataset | None:
    """Return the dataset that stands in place of a file, None for a file. Raises `Problem` for a name that is not
    valid."""
    text = corpus.as_posix()
    if not text.startswith(PREFIX):
        return None
    found = NAME.fullmatch(text.removeprefix(PREFIX))
    if found is None:
        raise Problem(f"dataset {shown(text)} is not valid, write {FORM}")
    return Dataset(**{part: value or "" for part, value in found.groupdict().items()})


def pinned(corpus: Path) -> Path:
    """Return the corpus; a dataset with revision, configuration and split. Raises `Problem` where it cannot be had, or
    has several of which one must be chosen."""
    wanted = dataset(corpus)
    return corpus if wanted is None else Path(str(pin(wanted)))


def pin(wanted: Dataset, token: bool | None = None) -> Dataset:
    """Return the dataset with revision, configuration and split. With `token` false as somebody without an account sees
    it, else as the one of this machine does. Raises `Problem`."""
    apart(wanted)
    if COMMIT.fullmatch(wanted.revision) and wanted.split:
        return wanted
    library = imported()

    def revision() -> str:
        from huggingface_hub import HfApi

        api = HfApi(token=token)
        found = api.dataset_info(wanted.name, revision=wanted.revision or None, timeout=PATIENCE)
        return str(found.sha)

    at = attempt(wanted, revision)
    names = attempt(wanted, lambda: library.get_dataset_config_names(wanted.name, revision=at, token=token))
    part = chosen(wanted, "configuration", wanted.configuration, names)
    splits = attempt(
        wanted, lambda: list(library.load_dataset(wanted.name, part, revision=at, token=token, streaming=True))
    )
    named = replace(wanted, configuration=part)
    return replace(named, revision=at, split=chosen(named, "split", wanted.split, splits))


def apart(wanted: Dataset) -> None:
    """Raise `Problem` where a name is also that of something on this machine, which the library would read instead: a
    visitor must not reach it."""
    if Path(wanted.name).exists():
        raise Problem(f"dataset {shown(str(wanted))} has the name of a folder that is here, give its path without hf:")


def chosen(wanted: Dataset, what: str, name: str, names: Sequence[str]) -> str:
    """Return the one that is named, else the only one, else that of the documents. Raises `Problem` where that does not
    tell."""
    only = names[0] if len(names) == 1 else next((each for each in names if each == CORPUS), "")
    if (name or only) in names:
        return name or only
    several = ", ".join(shown(each, 40).strip("'\"") for each in names[:12]) + (" and more" if len(names) > 12 else "")
    fault = f"has no {what} {shown(name, 40)}" if name else f"has several {what}s"
    example = replace(wanted, **{what: names[0] if names else "NAME"})
    raise Problem(f"dataset {shown(str(wanted), 200)} {fault}; choose one of {several}, such as {example}")


def rows(wanted: Dataset, token: bool | None = None) -> Iterator[dict[str, Any]]:
    """Yield the rows of a pinned dataset, pictures and sounds as they are stored. Raises `Problem`."""
    apart(wanted)
    library = imported()
    content = attempt(
        wanted,
        lambda: library.load_dataset(
            wanted.name,
            wanted.configuration,
            split=wanted.split,
            revision=wanted.revision,
            token=token,
            streaming=True,
        ),
    )
    # Of some forms, such as CSV, columns are known only once they are read: none holds pictures.
    number, found = 0, iter(content.decode(enable=False) if content.features else content)
    while (row := attempt(wanted, lambda: next(found, None), f" after row {number}")) is not None:
        number += 1
        yield row


def imported() -> Any:
    """Return the library, which says nothing of its own."""
    with LOCK:
        import datasets
    datasets.logging.set_verbosity_error()
    datasets.disable_progress_bars()
    return datasets


def attempt(wanted: Dataset, work: Callable[[], T], where: str = "") -> T:
    """Return what is asked of the Hub. Raises `Problem`."""
    try:
        return work()
    except Exception as error:
        raise Problem(f"dataset {shown(str(wanted), 200)} cannot be read{where}: {reason(wanted, error)}") from error


def reason(wanted: Dataset, error: Exception) -> str:
    """Return why a dataset cannot be read, and what to do."""
    from huggingface_hub import errors

    place = f"https://huggingface.co/datasets/{wanted.name}"
    # The Hub's client is made with httpx or with its successor, by its version.
    names = {kind.__name__ for kind in type(error).__mro__}
    match error:
        case errors.GatedRepoError():
            return f"its terms must be accepted at {place}, and HF_TOKEN set to a token of that account"
        case errors.RepositoryNotFoundError():
            return "it is not on the Hugging Face Hub, or private, then set HF_TOKEN to a token that may read it"
        case errors.RevisionNotFoundError():
            return f"it has no revision {shown(wanted.revision, 60)}"
        case errors.OfflineModeIsEnabled():
            return "HF_HUB_OFFLINE is set, unset it, or give a file"
        case errors.HfHubHTTPError():
            return f"the Hugging Face Hub answered {error.response.status_code}, try again later"
        case _ if isinstance(error, ConnectionError | TimeoutError) or "TransportError" in names:
            return "the Hugging Face Hub cannot be reached or breaks off, try again when this machine is online"
        case FileNotFoundError():
            return f"it has no files that are rows, try {replace(wanted, revision=CONVERTED)}"
        case RuntimeError() if "scripts" in str(error):
            return f"it needs code of its own, which is not run, try {replace(wanted, revision=CONVERTED)}"
        case _:
            return shown(str(error) or type(error).__name__, 200)
