import assert from "node:assert/strict";
import { test } from "node:test";

import { ended, order, progress, running, story, thoughts, winner } from "../../rankr1_app/ui/static/state.js";
import { figures } from "../../rankr1_app/ui/static/figures.js";
import { doubt, head, remarks } from "../../rankr1_app/ui/static/words.js";
import { explained, finished, retrieved, settled, started, state } from "./search.js";

const LIST = retrieved(["One", "Two", "Three"]);

test("a search goes from empty to its end, and running calls end with it", () => {
    const begun = state({ type: "run", id: "r" }, LIST, started(1, ["d1", "d2"]));
    assert.equal(begun.phase, "running");
    assert.ok(running(begun));
    const stopped = state(LIST, started(1, ["d1", "d2"]), { type: "search_stopped", at: 3, totals: null });
    assert.ok(ended(stopped));
    assert.equal(stopped.calls.get(1).status, "unfinished");
    assert.equal(stopped.at, 3);
});

test("why a search was stopped is said, unless somebody pressed Stop", () => {
    const ending = (/** @type {string} */ reason) => state(LIST, { type: "search_stopped", at: 3, reason });
    assert.deepEqual(remarks(ending("stopped")), []);
    assert.deepEqual(remarks(ending("its reader left")), ["It was stopped: its reader left."]);
    const left = ending("stopped when its page was left");
    assert.deepEqual(remarks(left), ["It was stopped when its page was left."]);
});

test("what is to be known of a search is said in sentences", () => {
    const cut = { type: "shortened", at: 1, documents: {}, note: "The model read only the first 64 tokens" };
    const found = state({ ...LIST, note: "found by words, since so. m reads English only: it may err" }, cut);
    const sentences = ["Found by words, since so.", "m reads English only: it may err.", `${cut.note}.`];
    assert.deepEqual(remarks(found), sentences);
    assert.deepEqual(sentences.map(head), ["Found by words.", "m reads English only.", `${cut.note}.`]);
    assert.deepEqual(remarks(state({ ...LIST, candidates: [], note: "Nothing was found" })), []);
});

test("that perhaps nothing fits is said apart from the rest", () => {
    const said = "It may be that nothing here fits: no document is nearer than .13 (1 at most), and so on";
    const found = state({ ...LIST, note: `found by words. ${said}. m reads English only` });
    assert.equal(doubt(found), `${said}.`);
    assert.deepEqual(remarks(found), ["Found by words.", "m reads English only."]);
    assert.equal(doubt(state({ ...LIST, note: "found by words" })), "");
    assert.equal(doubt(state({ ...LIST, candidates: [], note: said })), "");
});

test("what the model did not read whole is known", () => {
    const found = state(LIST, { type: "shortened", at: 1, documents: { d1: 80 }, note: "The first 64" });
    assert.deepEqual(found.shortened, { documents: { d1: 80 }, note: "The first 64" });
    assert.equal(state(LIST).shortened, null);
});

test("a search that waits for its turn says so until it begins", () => {
    const begun = { type: "search_started", query: "q", settings: {}, seed: 1, started: "", at: 0 };
    const waiting = state({ type: "run", id: "r" }, { type: "queued" });
    assert.equal(waiting.phase, "waiting");
    assert.ok(running(waiting));
    assert.equal(state({ type: "run", id: "r" }, { type: "queued" }, begun).phase, "started");
});

test("what the query became and which documents it is like are known", () => {
    const begun = { type: "search_started", query: "q", settings: {}, seed: 1, started: "", at: 0 };
    assert.deepEqual([state(begun).like, state(begun).rewritten], [[], null]);
    const became = { query: "q moon", by: "RM3", terms: [{ term: "moon", weight: 0.5 }], documents: ["d1"] };
    const found = state({ ...begun, like: ["d1"] }, { type: "rewritten", at: 1, ...became }, LIST);
    assert.deepEqual(found.like, ["d1"]);
    assert.deepEqual(found.rewritten, { ...became, text: "", note: "", complete: true });
    assert.equal(found.searched, "");
});

test("a model rewrites the query piece by piece", () => {
    const about = { type: "rewritten", query: "q", by: "hyde, m", terms: [], documents: [], complete: false };
    const begun = [about, { ...about, text: "Salt " }, { ...about, text: "water" }];
    assert.deepEqual([state(...begun).rewritten.text, state(...begun).searched], ["Salt water", ""]);
    const done = { ...about, query: "q\nSalt water.", text: "Salt water.", complete: true };
    assert.deepEqual(
        [state(...begun, done).rewritten.text, state(...begun, done).searched],
        ["Salt water.", "q\nSalt water."],
    );
});

test("kinds of lines that are not known are skipped", () => {
    assert.equal(state(LIST, { type: "sung", at: 2 }).phase, "listed");
});

test("what a line leaves out is as it always was", () => {
    const call = { call: 1, documents: ["d1", "d2"], at: 1 };
    const found = state(
        { ...LIST, note: undefined },
        { type: "call_started", round: 1, purpose: "p", ...call },
        {
            type: "call_finished",
            answer: ["d1"],
            order: ["d1"],
            status: "ok",
            finish_reason: "stop",
            usage: {},
            seconds: 1,
            ...call,
        },
    );
    const { kind, repeats, scores, error } = found.calls.get(1);
    assert.deepEqual([kind, repeats, scores, error], ["choose", null, [], ""]);
    assert.equal(winner(found.calls.get(1)), "d1");
    assert.equal(progress(found).uncounted, 1);
});

test("settled ranks come first, each document once", () => {
    const found = state(LIST, settled("d3", 1, []), settled("d1", 2, []));
    assert.deepEqual(order(found), ["d3", "d1", "d2"]);
});

test("a call that compares has a winner, one that scores has none", () => {
    const found = state(
        LIST,
        started(1, ["d1", "d2"]),
        finished(1, ["d2"]),
        started(2, ["d1"], { kind: "score" }),
        finished(2, ["d1"], { scores: [0.5], score_name: "relevance" }),
        started(3, ["d1", "d2"], { kind: "order" }),
        finished(3, ["d2", "d1"]),
        started(4, ["d1", "d2"]),
        finished(4, [], { status: "cancelled" }),
    );
    assert.deepEqual([...found.calls.values()].map(winner), ["d2", null, "d2", null]);
});

test("tokens that are not told are unknown, not none", () => {
    const unknown = { prompt_tokens: null, cached_tokens: null, completion_tokens: null };
    const call = (n, more) => [started(n, ["d1", "d2"]), finished(n, ["d1"], more)];
    const both = progress(state(LIST, ...call(1), ...call(2, { usage: unknown })));
    assert.deepEqual([both.counted, both.uncounted, both.read, both.written], [2, 1, 10, 5]);
    const cached = progress(state(LIST, ...call(1, { cached: { asked: "2026-01-01", seconds: 1 } })));
    assert.deepEqual([cached.counted, cached.earlier, cached.read], [0, 1, 0]);
    const broken = progress(
        state(LIST, ...call(1, { status: "failed", finish_reason: "error" }), ...call(2, { status: "failed" })),
    );
    assert.deepEqual([broken.unreadable, broken.broken], [1, 1]);
});

test("calls that were stopped as no longer needed are counted, and their tokens", () => {
    const spent = { prompt_tokens: 10, cached_tokens: 0, completion_tokens: 7 };
    const unknown = { prompt_tokens: null, cached_tokens: null, completion_tokens: null };
    const stopped = (n, usage) => [started(n, ["d1", "d2"]), finished(n, [], { status: "cancelled", usage })];
    const found = state(
        LIST,
        started(1, ["d1", "d2"]),
        finished(1, ["d1"]),
        ...stopped(2, spent),
        ...stopped(3, unknown),
    );
    assert.deepEqual([progress(found).stopped, progress(found).spent], [2, 7]);
    assert.match(figures(found), /2 guesses stopped, 7 of the tokens/);
});

test("the answer that decided a rank stands first, before that the last that speaks", () => {
    const say = (call) => explained(call, { reasons: [{ document: "d1", start: 0, end: 3, outcome: "won" }] });
    const calls = [1, 2, 3].flatMap((n) => [started(n, ["d1", "d2"]), finished(n, ["d1"]), say(n)]);
    const told = story(state(LIST, ...calls), "d1");
    assert.equal(told.main.call.id, 3);
    const later = story(
        state(LIST, ...calls, settled("d1", 1, [1, 2]), { type: "notes", documents: { d1: ["So."] } }),
        "d1",
    );
    assert.equal(later.main.call.id, 2);
    assert.deepEqual(
        later.others.map(({ call }) => call.id),
        [1, 3],
    );
    assert.deepEqual(later.notes, ["So."]);
});

const call = (text, more = {}) => ({ text, thought: null, status: "running", ...more });
const words = (each) => thoughts(each).map(({ start, end }) => each.text.slice(start, end));

test("a thought that is written shows no tag, nor what may become one", () => {
    const seen = {
        "": [],
        "<thi": [],
        "<think>": [],
        "<think>\nA": ["A"],
        "<think>A [3": ["A"],
        "<think>A </th": ["A"],
    };
    for (const [text, expected] of Object.entries(seen)) assert.deepEqual(words(call(text)), expected, text);
    assert.deepEqual(words(call("<think>A</think> <answer>[1]")), ["A"]);
    assert.deepEqual(words(call("No tag.<answer>[1]")), ["No tag."]);
    assert.deepEqual(words(call("<reasoning>B</reasoning>[1]")), ["B"]);
});

test("a thought that was looked through is where it was found", () => {
    const text = "<think> A </think>x<think>B</think>[1]";
    const thought = [
        { start: 7, end: 10 },
        { start: 26, end: 27 },
    ];
    assert.deepEqual(words(call(text, { thought, status: "ok" })), ["A", "B"]);
    assert.deepEqual(words(call("[1]", { thought: [], status: "ok" })), []);
});
