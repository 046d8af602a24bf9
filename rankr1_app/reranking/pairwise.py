"""Pairwise: the better of two documents, call by call. A setwise reranker whose calls have two documents."""

from .setwise import create

__all__ = ["create"]
