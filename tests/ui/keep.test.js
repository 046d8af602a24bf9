import assert from "node:assert/strict";
import { test } from "node:test";

import { empty } from "../../rankr1_app/ui/static/state.js";
import "./search.js";

const { asked } = await import("../../rankr1_app/ui/static/keep.js");
const { exposed } = await import("../../rankr1_app/ui/static/share.js");

test("settings are said by the names that the page has for them, without what was left open", () => {
    const settings = { retriever: "hybrid", index: "demo", k: 10, seed: 0, docs_per_call: 0, order: "", sort: "chain" };
    assert.equal(asked(settings), "index demo, first stage Hybrid, top k 10, sort chain, seed 0");
});

test("a link to a search in documents of one's own says what it gives away", () => {
    const searched = (/** @type {string} */ index) => empty({ settings: { index } });
    assert.match(exposed([searched("demo"), searched(`own-${"0".repeat(32)}`)]), /^Whoever has this link can read/);
    assert.equal(exposed([searched("demo"), searched("own-brand")]), "");
});
