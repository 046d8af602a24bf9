import assert from "node:assert/strict";
import { test } from "node:test";

import "./search.js";

const { chain } = await import("../../rankr1_app/ui/static/chain.js");

const call = (id, documents, more = {}) => ({
    id,
    kind: "choose",
    status: "ok",
    documents,
    answer: [documents[0]],
    order: documents,
    ...more,
});

test("two that never met are joined by the fewest comparisons", () => {
    const calls = [call(1, ["c", "d"]), call(2, ["b", "c"]), call(3, ["a", "b"]), call(4, ["a", "c"])];
    const steps = chain(calls, ["a", "d"]).map((step) => [step.call.id, step.from, step.to]);
    assert.deepEqual(steps, [
        [4, "a", "c"],
        [1, "c", "d"],
    ]);
});

test("no way is made of answers that could not be read, nor against what was chosen", () => {
    assert.deepEqual(chain([call(1, ["a", "b"], { status: "failed" })], ["a", "b"]), []);
    assert.deepEqual(chain([call(1, ["b", "a"])], ["a", "b"]), []);
});
