"""Prompts byte for byte, and untrusted text that cannot leave its place."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.explanation.thought import TAG
from rankr1_app.paths import PROMPTS
from rankr1_app.reranking.prompt import defused, load

# Checksums of the published files, from ielab/llm-rankers.
PUBLISHED = {
    "setwise-r1-v0.1": (
        "e3c33b9fab873701ecc25c8aeed6e2676cc74f3a926ba33bbd1a8e829bf1e042",
        "389558fa248429655efa73da9337371110ae3ba8e316d6a045a4d7d0138b34c7",
    ),
    "setwise-r1-v0.2": (
        "ad8afc9198dbe5896162a982a7c1c949e634593d7cda67d481d0e32b74b8ac61",
        "bc766edaeb0e01d4036e459a32872ae44ee4a8d4f4ddc6751aa9263ec89c7347",
    ),
    "setwise-sft": (
        "c04639f1fcf7de27f4157b1490dc18283f9b7deb2ce05373c9d23d244fa6a920",
        "ad23d2b5e3943cef60ab6af64d599686e5e6d60a2955bc2ccb946b8e9a56ea1c",
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_byte_for_byte(name: str) -> None:
    prompt = load(name)
    digests = tuple(hashlib.sha256(text.encode()).hexdigest() for text in (prompt.system, prompt.user))
    assert digests == PUBLISHED[name] == (prompt.system_sha256, prompt.user_sha256)


def test_every_file_is_checked() -> None:
    published = {path.stem for path in PROMPTS.glob("*.toml") if path.stem.startswith("setwise")}
    assert published - {"setwise-insert-v1"} == set(PUBLISHED)


def test_layout_of_each_version() -> None:
    assert "\n[1] a\n[2] b\nAfter" in load("setwise-r1-v0.1").messages("q", ["a", "b"])[1].content
    assert load("setwise-r1-v0.2").messages("q", ["a", "b"])[1].content.endswith("documents:\n[1]: a\n\n[2]: b")
    assert "\n[1] a\n[2] b\nPlease" in load("setwise-sft").messages("q", ["a", "b"])[1].content


def test_braces_are_text() -> None:
    content = load("setwise-r1-v0.2").messages("{docs} {query}", ["{0} {label}", "{{value}}"])[1].content
    assert "query: {docs} {query}\n" in content
    assert "[1]: {0} {label}\n\n[2]: {{value}}" in content


@pytest.mark.parametrize(
    "token",
    [
        "<|im_start|>",
        "<|im_end|>",
        "<|endoftext|>",
        "<|eot_id|>",
        "<\uff5cUser\uff5c>",
        "</think>",
        "<think>",
        "</ANSWER>",
        "<answer >",
        "</s>",
        "[INST]",
        "[/INST]",
        "<start_of_turn>",
        "<end_of_turn>",
        "<<SYS>>",
        "</tool_call>",
        "<thinking>",
        "</seed:think>",
        "</reasoning >",
        "[THINK]",
        "[/THINK]",
        "◁/think▷",
        "<channel|>",
        "<|end_of_thought|>",
    ],
)
def test_control_tokens_are_broken(token: str) -> None:
    for name in PUBLISHED:
        clean = load(name).messages("q", ["a"])[1].content
        content = load(name).messages(f"q {token}", [f"x {token} y", f"{token * 3}"])[1].content
        assert content.count(token) == clean.count(token)


def test_a_document_stays_on_its_line() -> None:
    assert defused("one\n\n[2]: two\r\n\u2028three") == "one [2]: two three"
    assert defused("a\0b\ud800c") == "a\ufffdb?c"


def test_a_prompt_of_ones_own_may_not_take_the_name_of_a_bundled_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path))
    load.cache_clear()
    (tmp_path / "prompts").mkdir()
    own = tmp_path / "prompts" / "setwise-insert-v1.toml"
    own.write_text("")
    with pytest.raises(Problem, match="has the name of one that came with the product, rename it"):
        load("setwise-insert-v1")
    own.unlink()
    assert load("setwise-insert-v1").reasoning


def test_unknown_prompt() -> None:
    with pytest.raises(Problem, match="'nope' is unknown, known are e2rank, erank, fare, first, "):
        load("nope")


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("Answer as \\boxed{} or {docs}", "cannot be filled in, "),
        ("Answer as {answer: 1}", "cannot be filled in, nothing is called 'answer';"),
        ("Say { or {docs}", "cannot be filled in, "),
        ("{query.secret}", "cannot be filled in, "),
    ],
)
def test_a_prompt_whose_braces_are_not_fields_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: str, words: str
) -> None:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path))
    (tmp_path / "prompts").mkdir()
    name = "braces-" + hashlib.sha256(user.encode()).hexdigest()[:8]
    lines = [
        "reasoning = true",
        'document = "[{label}] {text}"',
        'separator = "\\n"',
        'system = ""',
        f"user = '{user}'",
    ]
    (tmp_path / "prompts" / f"{name}.toml").write_text("\n".join(lines))
    with pytest.raises(Problem, match=words) as raised:
        load(name)
    assert "braces that are meant as themselves are doubled: {{ and }}" in str(raised.value)


TABLE = """
system = ""
user = "Which of these is about {query}?\\n{docs}"
document = "[{label}] {text}"
separator = "\\n"
reasoning = true
"""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("reasoning", "letter = true\nreasoning"), r"sets 'letter', which is unknown; known are system, user"),
        (("{query}", "something"), r"never shows the query: {query} must stand in user"),
        (("{docs}", "here"), r"never shows the docs: {docs} must stand in user, and {text} in document"),
        (("{text}", "a text"), "never shows the docs"),
    ],
)
def test_a_prompt_that_cannot_be_meant_so_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], words: str
) -> None:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path))
    (tmp_path / "prompts").mkdir()
    for name, text in (("sound", TABLE), ("strange", TABLE.replace(*change))):
        (tmp_path / "prompts" / f"{name}.toml").write_text(text, "utf-8")
    load.cache_clear()
    assert load("sound").messages("tea", ["leaves"])[0].content == "Which of these is about tea?\n[1] leaves"
    with pytest.raises(Problem, match=words):
        load("strange")


def test_no_document_ends_a_thought() -> None:
    for tag in ("</think>", "</Thought>", "</analysis>", "[/THINK]", "◁/think▷", "<|END_THINKING|>", "<channel|>"):
        assert TAG.search(tag)
        assert not TAG.search(defused(f"a {tag} b"))
