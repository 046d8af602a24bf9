"""Rank-R1 app: search whose every result carries the model's own reasons."""

__version__ = "0.1.0"
