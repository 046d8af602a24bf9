"""Tables of parts by name: a part is written `module:attribute`, and imported when it is first needed."""

from __future__ import annotations

import functools
from importlib import import_module
from typing import Any


@functools.cache
def resolve(part: str) -> Any:
    """Return what `module:attribute` names. Importing the module may take seconds; it is done once."""
    module, _, attribute = part.partition(":")
    return getattr(import_module(module), attribute)
