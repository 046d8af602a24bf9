import assert from "node:assert/strict";
import { test } from "node:test";

import "./search.js";

const kept = new Map();
Object.defineProperty(globalThis, "localStorage", {
    value: { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value) },
});
const { runOf } = await import("../../rankr1_app/ui/static/other.js");
const { add, forget, recent } = await import("../../rankr1_app/ui/static/recent.js");

test("a search is named by its id or its address, and nothing else is", () => {
    const run = "09d656dba70b5663";
    for (const text of [run, ` ${run}\n`, `http://there/?q=why&run=${run}`, `https://there/a/?run=${run}&show=call`])
        assert.equal(runOf(text), run);
    for (const text of ["", "why does bread rise", "http://there/?q=why", `${run}0`, "http://there/?run=../../etc"])
        assert.equal(runOf(text), "");
});

test("the searches of this browser are those that began, the latest first and each once", () => {
    const search = (run, reranker) => ({ run, query: "why", settings: { index: "demo", retriever: "bm25", reranker } });
    add(search("a", "rank-r1-nano"));
    add(search("b", "none"));
    add(search("a", "rank-r1-nano"));
    assert.deepEqual(
        recent().map(({ run, ranker }) => [run, ranker]),
        [
            ["a", "rank-r1-nano"],
            ["b", "BM25, first stage"],
        ],
    );
    forget();
    assert.deepEqual(recent(), []);
});
