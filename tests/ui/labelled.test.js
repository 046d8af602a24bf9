import assert from "node:assert/strict";
import { test } from "node:test";

import { counts, fitting, only, typed } from "../../rankr1_app/ui/static/labelled.js";

const LABELLED = {
    model: "m",
    labels: ["tea", "bread"],
    documents: { a: [0.9, 0.5], b: [0.49, 0.6], c: [0.1, 0.2] },
    asked: "",
    threshold: 0.5,
};

test("labels are what stands between commas, of any script", () => {
    assert.deepEqual(typed(" tea, home cooking ,, ;パン、茶，水"), ["tea", "home cooking", "パン", "茶", "水"]);
    assert.deepEqual(typed(" , "), []);
});

test("a label counts where its probability reaches the threshold", () => {
    assert.deepEqual(counts(LABELLED), [1, 2]);
});

test("a label leaves its documents in their order, and no label all of them", () => {
    const ids = ["c", "b", "unread", "toString", "a"];
    assert.deepEqual(only(LABELLED, "bread", ids), ["b", "a"]);
    assert.deepEqual(only(LABELLED, "", ids), ids);
    assert.deepEqual(only(LABELLED, "other", ids), ids);
    assert.deepEqual(only(null, "bread", ids), ids);
});

test("the labels of a document stand with the likeliest first, or the likeliest alone where none fits", () => {
    assert.deepEqual(
        fitting(LABELLED, "a").fit.map(({ label }) => label),
        ["tea", "bread"],
    );
    assert.deepEqual(fitting(LABELLED, "b").fit, [{ label: "bread", value: 0.6 }]);
    assert.deepEqual(fitting(LABELLED, "c"), { fit: [], best: { label: "bread", value: 0.2 } });
    assert.equal(fitting(LABELLED, "unread"), null);
    assert.equal(fitting(LABELLED, "toString"), null);
});
