"""Strangers: other hosts, other sites' pages, proxies, and bodies too large or too slow."""

from __future__ import annotations

import asyncio
import socket
import time

import httpx
import pytest

from rankr1_app.web.guard import LARGEST, Bodies, Policy, hostname, policy, private

from .conftest import App

SEARCH = {"query": "number"}


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.evil", ""])
@pytest.mark.parametrize("path", ["", "api/recordings", "api/catalogue", "config", "page/main.js", "gradio_api/info"])
def test_a_host_name_that_is_not_ours_gets_nothing(app: App, host: str, path: str) -> None:
    response = app.http.get(path, headers={"Host": host})
    assert response.status_code == 403
    assert "--allow-host" in response.json()["error"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:7860", "[::1]:80", "192.0.2.7", "app.localhost", "127.0.0.1"])
def test_addresses_and_this_machine_are_trusted(app: App, host: str) -> None:
    assert app.http.get("api/catalogue", headers={"Host": host}).status_code == 200


def test_health_is_told_under_any_name(app: App) -> None:
    assert app.http.get("healthz", headers={"Host": "balancer.example"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Host": "localhost"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Host": "192.0.2.7"},
        {"Origin": "http://127.0.0.1:9"},
    ],
    ids=str,
)
def test_the_list_of_recordings_is_for_this_machine_alone(app: App, headers: dict[str, str]) -> None:
    assert app.http.get("api/recordings").status_code == 200
    response = app.http.get("api/recordings", headers=headers)
    assert response.status_code == 403
    assert "on this machine only" in response.json()["error"]


def test_an_old_proxy_that_says_nothing_is_no_program_of_this_machine() -> None:
    scope = {"client": ("127.0.0.1", 1), "headers": [(b"host", b"127.0.0.1:7860")], "http_version": "1.0"}
    assert not private(scope)
    assert private(scope | {"http_version": "1.1"})
    assert not private(scope | {"http_version": "1.1", "client": ("192.0.2.1", 1)})
    assert not private(scope | {"http_version": "1.1", "client": None})


@pytest.mark.parametrize("path", ["api/search", "api/estimate", "gradio_api/queue/join", "v1/search", "nothing"])
def test_no_other_site_is_granted_a_request(app: App, path: str) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    response = app.http.request("OPTIONS", path, headers={"Origin": "https://evil.example", **asked})
    assert response.status_code == 403
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        response = app.http.post(path, json=SEARCH, headers={"Origin": origin})
        assert response.status_code == 403
        assert not [name for name in response.headers if name.startswith("access-control")]
    assert app.http.post(path, json=SEARCH, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_no_other_site_may_read_an_answer(app: App) -> None:
    for path in ("config", "api/catalogue", "gradio_api/info"):
        response = app.http.get(path, headers={"Origin": "https://evil.example"})
        assert not [name for name in response.headers if name.startswith("access-control-allow-o")]


def test_the_own_page_may(app: App) -> None:
    own = str(app.http.base_url).rstrip("/")
    assert app.http.post("api/estimate", json={}, headers={"Origin": own}).status_code == 200


@pytest.mark.parametrize(
    "path", ["upload", "proxy=https://evil.example", "file=/etc/passwd", "component_server", "vibe-edit"]
)
def test_routes_of_gradio_that_nothing_uses_are_closed(app: App, path: str) -> None:
    for method in ("GET", "POST"):
        assert app.http.request(method, f"gradio_api/{path}", files={"files": b"x"}).status_code == 404


def test_every_answer_has_safe_headers(app: App) -> None:
    for path in ("", "api/catalogue", "page/main.js", "healthz", "nothing", "api/nothing"):
        headers = app.http.get(path).headers
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["referrer-policy"] == "same-origin"


def test_a_space_answers_to_its_name_inside_hugging_faces_frame() -> None:
    found = policy((), {"SPACE_ID": "who/what", "SPACE_HOST": "who-what.hf.space"})
    assert found.trusted("who-what.hf.space")
    assert "https://huggingface.co" in found.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in found.headers
    assert not policy((), {}).trusted("who-what.hf.space")
    assert policy(("Search.Example",), {}).trusted("search.example")


def test_names_are_read_out_of_hosts() -> None:
    assert [hostname(host) for host in ("A.b.:80", "[::1]:1", "[", "", "a@b")] == ["a.b", "::1", "", "", "b"]


@pytest.mark.parametrize("path", ["api/search", "api/find", "gradio_api/queue/join", "v1/search", "nothing"])
def test_bodies_that_are_too_large_are_refused_on_every_route(app: App, path: str) -> None:
    response = app.http.post(path, content=b"[" + b"1," * LARGEST, headers={"Content-Type": "application/json"})
    assert response.status_code == 413
    assert f"{LARGEST:,} bytes" in response.json()["error"]


async def test_a_body_that_is_too_slow_is_refused() -> None:
    answers = []

    async def app(*_: object) -> None:
        raise AssertionError("the request is not whole")

    async def receive() -> dict[str, object]:
        await asyncio.sleep(0.1)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message: dict[str, object]) -> None:
        answers.append(message)

    began = time.perf_counter()
    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    await Bodies(app, slowest=0.3)(scope, receive, send)  # type: ignore[arg-type]
    assert time.perf_counter() - began < 5
    assert answers[0]["status"] == 408
    assert b"0.3 seconds" in answers[1]["body"]  # type: ignore[operator]


def test_a_body_that_never_ends_holds_nobody_up(app: App) -> None:
    with socket.create_connection(("127.0.0.1", httpx.URL(app.http.base_url).port)) as slow:
        slow.sendall(b"POST /api/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
        slow.sendall(b"Content-Length: 99\r\n\r\n{")
        began = time.perf_counter()
        assert app.http.get("healthz").status_code == 200
        assert time.perf_counter() - began < 2


def test_a_policy_without_names_trusts_this_machine() -> None:
    assert Policy().trusted(socket.gethostname().lower())
