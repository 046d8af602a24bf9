import assert from "node:assert/strict";
import { test } from "node:test";

import {
    KINDS,
    called,
    noun,
    ordinal,
    plural,
    short,
    sourced,
    stageOf,
    staged,
    stem,
    stems,
} from "../../rankr1_app/ui/static/words.js";

test("numbers are read as one says them", () => {
    assert.deepEqual(
        [1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal).join(" "),
        "1st 2nd 3rd 4th 11th 12th 13th 21st 102nd 111th",
    );
    assert.deepEqual(
        [0, 1, 1200].map((n) => plural(n, "rank")),
        ["0 ranks", "1 rank", "1,200 ranks"],
    );
});

test("a text is cut between letters, not inside one", () => {
    assert.equal(short("😀😀😀😀", 3), "😀😀…");
    assert.equal(short("short"), "short");
});

test("a first stage is called as the field calls it", () => {
    const names = ["bm25", "bm25+rm3", "dense+rocchio", "hybrid", ""].map(staged);
    assert.deepEqual(names, ["BM25", "BM25+RM3", "Dense+Rocchio", "Hybrid", ""]);
});

test("a first stage of several parts says where each had a document", () => {
    const sources = [
        { retriever: "bm25", rank: 2, score: 4, score_name: "BM25" },
        { retriever: "dense", rank: 31, score: 0.5, score_name: "cosine" },
    ];
    assert.equal(sourced(sources), "2nd by words, 31st by meaning");
    const remote = sources.map((each, place) => ({ ...each, retriever: ["milvus", "milvus-dense"][place] }));
    assert.equal(sourced(remote), "2nd by words, 31st by meaning");
    const state = (more) => ({ stage: "BM25", documents: new Map([["a", { id: "a", ...more }]]) });
    assert.deepEqual(
        [{}, { sources }].map((more) => stageOf(state(more))),
        ["BM25", "the first stage"],
    );
});

test("every kind of call has its words", () => {
    assert.deepEqual(Object.keys(KINDS).sort(), ["answer", "choose", "judge", "order", "score"]);
    assert.equal(called({ id: 3, kind: "score" }), "reading 3");
    assert.equal(noun([]), "comparison");
    assert.equal(noun([{ kind: "choose" }, { kind: "order" }]), "comparison");
    assert.equal(noun([{ kind: "choose" }, { kind: "score" }]), "call");
});

test("words of a query are found again in their other forms", () => {
    assert.equal(stem("rises"), stem("rising"));
    assert.deepEqual([...stems("Why does bread rise?")], ["bread", "ris"]);
});
