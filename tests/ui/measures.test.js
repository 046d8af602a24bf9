import assert from "node:assert/strict";
import { test } from "node:test";

import "./search.js";

const { measures, precision, reciprocal } = await import("../../rankr1_app/ui/static/judged.js");

// As ir_measures has them for qrels {a: 3, b: 0, c: 1, d: 2, e: -1}: nDCG@10 0.8077, RR@10 0.5, P@5 0.6.
const GRADES = { a: 3, b: 0, c: 1, d: 2, e: -1 };
const IDEAL = 3 + 2 / Math.log2(3) + 1 / 2;
const JUDGED = { grades: GRADES, highest: 3, cutoff: 10, ideal: IDEAL };

test("measures of an order are those of ir_measures", () => {
    const order = ["b", "a", "d", "x", "c", "e"];
    assert.equal(reciprocal(JUDGED, order), 1 / 2);
    assert.equal(precision(JUDGED, order), 3 / 5);
    const gain = 3 / Math.log2(3) + 2 / Math.log2(4) + 1 / Math.log2(6);
    const found = new Map(measures(JUDGED, order));
    assert.equal(found.get("nDCG@10"), (gain / IDEAL).toFixed(2).replace(/^0/, ""));
    assert.deepEqual([found.get("RR@10"), found.get("P@5")], [".50", ".60"]);
});

test("fewer documents than a cutoff do not make a measure larger", () => {
    assert.equal(precision(JUDGED, ["a"]), 1 / 5);
    assert.equal(reciprocal(JUDGED, ["b", "e"]), 0);
});

test("without judgements there is no measure", () => {
    assert.deepEqual(measures(null, ["a"]), []);
    assert.deepEqual(measures({ ...JUDGED, ideal: 0 }, ["a"]), []);
});
