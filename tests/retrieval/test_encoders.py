"""The catalogue of encoders, the one that comes with the product, and encoders on a server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval import encoders
from tests.retrieval.embedder import TWO


def test_the_default_comes_with_the_product_and_is_the_original() -> None:
    default = encoders.encoder(encoders.entry(encoders.DEFAULT))
    vectors = default.embed(["That is a happy person", "That is a very happy person", "Today is a sunny day"], "query")
    assert vectors.shape == (3, 384)
    assert vectors.dtype == numpy.float32
    assert (vectors @ vectors[0]).tolist() == pytest.approx([1.0, 0.9429, 0.2569], abs=1e-3)
    assert default.embed([], "passage").shape == (0, 384)
    assert default.cut(["short", "long " * 300]) == 1
    assert encoders.encoder(encoders.entry(encoders.DEFAULT)) is default
    assert default.place == "cpu" or default.place.startswith(("cuda", "mps"))


def test_an_identity_is_what_shapes_a_vector() -> None:
    known = encoders.entry("bge-small-en-v1.5")
    assert replace(known, about="other", licence="other").identity == known.identity
    for change in ({"query": ""}, {"pooling": "mean"}, {"tokens": 128}, {"normalised": False}, {"revision": "x"}):
        assert replace(known, **dict[str, Any](change)).identity != known.identity
    assert known.prefixed(["a"], "query") == ["Represent this sentence for searching relevant passages: a"]
    assert known.prefixed(["a"], "passage") == ["a"]


def test_other_weights_are_refused() -> None:
    other = replace(encoders.entry(encoders.DEFAULT), sha256="0" * 64)
    with pytest.raises(Problem, match="not the one this product means"):
        encoders.load(other)


def test_an_encoder_of_another_size_is_refused() -> None:
    other = replace(encoders.entry(encoders.DEFAULT), dimension=512)
    with pytest.raises(Problem, match="gives vectors of 384 numbers, the catalogue says 512"):
        encoders.load(other)


def test_what_cannot_be_loaded_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="encoder 'reasonir-8b' brings code of its own"):
        encoders.load(encoders.entry("reasonir-8b"))
    with pytest.raises(Problem, match="encoder 'two' cannot be loaded: .*not here"):
        encoders.load(replace(TWO, model=str(tmp_path)))


def test_own_encoders(data_folder: Path) -> None:
    own = data_folder / "encoders.toml"
    line = 'about = "a"\nmodel = "m"\ndimension = 2\ntokens = 4\npooling = "mean"\nlicence = "l"\n'
    try:
        own.write_text(f'["mine"]\n{line}')
        assert encoders.entry("mine").model == "m"
        with pytest.raises(Problem, match="encoder 'yours' is unknown, known are all-MiniLM-L6-v2, "):
            encoders.entry("yours")
        for text, words in (
            (f'["{encoders.DEFAULT}"]\n{line}', "is a name of the product"),
            ('["mine"]\nabout = 3\n', "not valid"),
            ("mine", "not valid"),
        ):
            own.write_text(text)
            with pytest.raises(Problem, match=words):
                encoders.entries()
            own.unlink()
    finally:
        own.unlink(missing_ok=True)
