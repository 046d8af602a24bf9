"""Requests made up from the documented API, right and wrong ones, never break the server: all routes together."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode

from .conftest import App

UNREADY = ("/readyz",)
"""Paths whose answer may rightly be a 503."""


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
def test_no_documented_request_breaks_the_server(app: App, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{app.http.base_url}openapi.json")
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]
        if operation.path in UNREADY:
            continue

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
        )
        def answered(case: schemathesis.Case[Any]) -> None:
            nonlocal tried
            tried += 1
            response = case.call(timeout=30)
            assert response.status_code < 500, response.text

        # Where nothing can be wrong, nothing is tried.
        with contextlib.suppress(Unsatisfiable):
            answered()
    assert tried > 100
