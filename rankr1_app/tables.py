"""Tables: of parts by name, where a part is written `module:attribute` and imported when it is first needed, and those
of files, whose keys are the fields of a class."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import fields
from importlib import import_module
from typing import Any

from .errors import shown


@functools.cache
def resolve(part: str) -> Any:
    """Return what `module:attribute` names. Importing the module may take seconds; it is done once."""
    module, _, attribute = part.partition(":")
    return getattr(import_module(module), attribute)


def first_unknown(table: Mapping[str, object], kind: type[Any]) -> str:
    """Return in words the first key of a table that is no field of the dataclass `kind`, "" where there is none."""
    fitting = [field.name for field in fields(kind)]
    strange = next((key for key in table if key not in fitting), None)
    return "" if strange is None else f"{shown(strange)}, which is unknown; known are {', '.join(fitting)}"
