import assert from "node:assert/strict";
import { test } from "node:test";

import { finished, retrieved, started, state } from "./search.js";

const { MOST, numbered, seed, share } = await import("../../rankr1_app/ui/static/shuffles.js");

const LIST = retrieved(["Yeast", "Ovens"]);
const begun = (of) => ({ type: "search_started", query: "q", settings: {}, seed: of, started: "" });
const WHOLE = state(
    begun(3),
    LIST,
    started(1, ["d1", "d2"]),
    finished(1, ["d1"]),
    started(2, ["d2", "d1"]),
    finished(2, ["d2"]),
    { type: "search_finished" },
);

test("a shuffle is known by its seed", () => {
    for (let n = 1; n <= MOST; n++) assert.equal(numbered(WHOLE, state(begun(seed(WHOLE, n)))), n);
    assert.equal(numbered(WHOLE, WHOLE), 0);
    assert.equal(numbered(WHOLE, state(begun(4))), 0);
    const last = state(begun(2 ** 31 - 1));
    assert.ok(seed(last, 1) < 2 ** 31);
});

test("progress counts what ended, of what is planned", () => {
    assert.deepEqual(share([state(), state()], WHOLE), { done: 0, all: 4 });
    const under = state(begun(9), LIST, { type: "planned", calls: 7 }, started(1, ["d1", "d2"]));
    assert.deepEqual(share([under, WHOLE], WHOLE), { done: 2, all: 9 });
});
