import assert from "node:assert/strict";
import { test } from "node:test";

import "./search.js";

const { asked } = await import("../../rankr1_app/ui/static/keep.js");

test("settings are said by the names that the page has for them, without what was left open", () => {
    const settings = { retriever: "hybrid", index: "demo", k: 10, seed: 0, docs_per_call: 0, order: "", sort: "chain" };
    assert.equal(asked(settings), "index demo, first stage Hybrid, top k 10, sort chain, seed 0");
});
