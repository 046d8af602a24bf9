"""The tools for agents, called by a client that knows only the protocol."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from .conftest import App


async def call(client: Client, tool: str, **given: object) -> dict[str, Any]:
    found = await client.call_tool(tool, given)
    assert not found.is_error, found.content
    return json.loads(found.content[0].text)  # type: ignore[union-attr, no-any-return]


async def refused(client: Client, tool: str, **given: object) -> str:
    found = await client.call_tool(tool, given)
    assert found.is_error
    return str(found.content[0].text)  # type: ignore[union-attr]


async def test_the_tools_over_http(app: App) -> None:
    async with Client(f"{app.http.base_url}mcp") as client:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == ["search", "rerank", "explain", "get_run"]
        assert all(tool.description and len(tool.input_schema["properties"]) <= 3 for tool in tools)
        found = await call(client, "search", query="number", top=3)
        assert [each["id"] for each in found["results"]] == ["d11", "d10", "d9"]
        assert found["results"][0]["ranked_by"] == "the model"
        assert "holds the largest number" in found["results"][0]["reasons"][0]
        why = await call(client, "explain", run=found["run"], above="d11", below="d10")
        assert why["above"]["rank"] == 1
        assert all(each["best"] for each in why["calls"])
        again = await call(client, "get_run", run=found["run"], top=2)
        assert again["results"] == found["results"][:2]
        assert again["totals"]["calls"] > 0
        own = await call(client, "rerank", query="number", documents=["number 1", "number 5", "number 3"], top=2)
        assert [each["id"] for each in own["results"]] == ["2", "3"]


async def test_tools_refuse_in_words(app: App) -> None:
    async with Client(f"{app.http.base_url}mcp") as client:
        assert "is empty" in await refused(client, "search", query=" ")
        assert "index 'nowhere'" in await refused(client, "search", query="number", index="nowhere")
        assert "is empty" in await refused(client, "rerank", query="number", documents=[])
        assert "16 hexadecimal digits" in await refused(client, "get_run", run="nonsense")
        assert "does not exist" in await refused(client, "get_run", run="0" * 16)
        run = (await call(client, "search", query="number", top=3))["run"]
        assert "is not in this run" in await refused(client, "explain", run=run, above="d11", below="nothing")
        assert "other way round" in await refused(client, "explain", run=run, above="d10", below="d11")
        assert "top" in await refused(client, "search", query="number", top=1000)


async def test_results_fit_a_context(app: App) -> None:
    async with Client(f"{app.http.base_url}mcp") as client:
        found = await client.call_tool("rerank", {"query": "number", "documents": ["word " * 5000 + "number 3"] * 20})
        assert len(found.content[0].text) < 20_000  # type: ignore[union-attr]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example"])
def test_no_other_host_reaches_the_tools(app: App, host: str) -> None:
    assert app.http.post("mcp", json={}, headers={"Host": host}).status_code == 403


async def test_the_tools_over_standard_input_and_output(app: App) -> None:
    arguments = ["-m", "rankr1_app", "mcp", "--index", "numbers", "--base-url", app.model.base_url, "--model", "judge"]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    server = StdioServerParameters(command=sys.executable, args=arguments, env=environment)
    async with Client(server) as client:
        found = await call(client, "search", query="number", top=2)
        assert [each["id"] for each in found["results"]] == ["d11", "d10"]
