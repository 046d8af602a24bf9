import assert from "node:assert/strict";
import { test } from "node:test";

import { explained, retrieved, started, state } from "./search.js";

const { labels, spelled } = await import("../../rankr1_app/ui/static/labels.js");

const LIST = retrieved(["[2] Yeast at work", "Ovens", "Part [1] Gluten"]);
const BEGUN = started(1, ["d1", "d2", "d3"]);

function read(text, ...lines) {
    const { calls, documents } = state(LIST, BEGUN, { type: "said", calls: { 1: text } }, ...lines);
    const call = calls.get(1);
    return [labels(call, documents), spelled(call, { start: 0, end: text.length }, documents)];
}

test("while an answer is written, numbers of titles are no labels", () => {
    const [found, text] = read("[1] [2] Yeast at work, [2], Part [1] Gluten, [9].");
    assert.deepEqual(found, [
        { document: "d1", start: 0, end: 3 },
        { document: "d2", start: 23, end: 26 },
    ]);
    assert.equal(text, "“[2] Yeast at work” [2] Yeast at work, “Ovens”, Part [1] Gluten, [9].");
});

test("once it was looked through, labels are where they were found and nowhere else", () => {
    const [found, text] = read("[1] or [2].", explained(1, { labels: [[7, 10, 1]] }));
    assert.equal(found.length, 1);
    assert.equal(text, "[1] or “Ovens”.");
});
