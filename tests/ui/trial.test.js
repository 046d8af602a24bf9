import assert from "node:assert/strict";
import { test } from "node:test";

import "./search.js";

const { Trial, brief, figures, verdict } = await import("../../rankr1_app/ui/static/trial.js");

test("which of both tests a reason holds by is said, and only both are shown as good", () => {
    assert.deepEqual(verdict("a", "b", "a"), {
        text: "The passage is needed, and enough: without it the model chooses another document, with it alone the same one.",
        holds: true,
    });
    assert.match(
        verdict("a", "a", "b").text,
        /^The passage is neither needed nor enough: without it .* the same document/,
    );
    assert.match(verdict("a", "b", "c").text, /^The passage is needed, but not enough: without it .* another document/);
    assert.deepEqual(verdict("a", "a", "a"), {
        text: "The passage is enough, but not needed: with it alone the model chooses the same document, and without it too.",
        holds: false,
    });
});

test("an answer that could not be read is no choice that changed", () => {
    const { text, holds } = verdict("a", null, "a");
    assert.match(text, /^Without the passage no answer could be read/);
    assert.equal(holds, false);
});

test("what both tests came to is said in a few words, and nothing before both", () => {
    const call = { kind: "choose", status: "ok", answer: ["a"], order: ["a", "b"] };
    const chose = (document, status = "ok") => {
        const order = [document];
        const end = { type: "call_finished", call: 1, status, answer: order, order };
        const begin = { type: "call_started", call: 1, round: 1, kind: "choose", purpose: "", documents: ["a", "b"] };
        return { lines: [begin, end] };
    };
    const said = (without, only) =>
        brief(
            call,
            new Map([
                ["without", without],
                ["only", only],
            ]),
        );
    assert.equal(brief(call, new Map([["without", chose("b")]])), "");
    assert.equal(said(chose("b"), chose("a")), "its passage is needed, and enough");
    assert.equal(said(chose("b"), chose("b")), "its passage is needed, but not enough");
    assert.equal(said(chose("a"), chose("a")), "its passage is enough, but not needed");
    assert.equal(said(chose("a"), chose("b")), "its passage is neither needed nor enough");
    assert.equal(said(chose("b", "failed"), chose("a")), "an answer could not be read");
});

test("only a choice among several can be tried", () => {
    const state = { phase: "finished", run: "r" };
    const call = { id: 1, status: "ok", answer: ["a"], order: ["a", "b"] };
    const possible = (kind) => Boolean(new Trial({ ...call, kind }, { state }, () => undefined).possible);
    assert.deepEqual(["choose", "judge", "order"].map(possible), [true, false, false]);
});

test("what became of the figures of the prompt is said, where the model repeats them", () => {
    const text = "[1] words 1.00, meaning .88: nearer in meaning.";
    const [before, after] = ["words 1.00, meaning .88", "words .35, meaning .60"];
    assert.equal(
        figures({ before, after }, text),
        "Its figures were computed anew for what is left: words .35, meaning .60, not words 1.00, meaning .88. ",
    );
    assert.match(figures({ before, after: before }, text), /^Its figures were computed anew and are the same: words 1/);
    assert.match(figures({ before: "", after: "" }, text), /\(words, meaning\) stayed those of the whole document/);
    assert.match(figures({}, text), /stayed those of the whole/, "what was tried before they were computed");
    assert.equal(figures({}, "[1] tells how bread rises."), "");
});
