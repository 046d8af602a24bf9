import assert from "node:assert/strict";
import { test } from "node:test";

import { finished, retrieved, started, state } from "./search.js";

const { onward, remains } = await import("../../rankr1_app/ui/static/stopped.js");

const LIST = retrieved(["Yeast", "Ovens"]);
const READ = [started(1, ["d1", "d2"]), finished(1, ["d1"])];
const SETTLED = { type: "rank_settled", rank: 1, document: "d1", calls: [1] };
const END = { type: "search_stopped" };

test("what was read and settled is kept, and said with its number", () => {
    const found = state(LIST, ...READ, SETTLED, started(2, ["d2", "d1"]), END);
    assert.equal(
        remains(found),
        "The list, 1 answer and 1 settled rank are kept at this address; what is not settled is in first-stage order.",
    );
});

test("nothing is claimed to be kept that is not there, or nowhere written", () => {
    assert.equal(remains(state(END)), "Nothing was found yet.");
    assert.match(remains(state(LIST, started(1, ["d1"]), END)), /^The list is kept at this address;/);
    const unrecorded = state(LIST, { type: "unrecorded", message: "full" }, ...READ, END);
    assert.match(remains(unrecorded), /^The list and 1 answer are kept until this page is left;/);
});

test("only a search whose answers are in the cache can be continued", () => {
    const begun = (cache) => ({ type: "search_started", query: "q", settings: { cache }, seed: 0, started: "" });
    assert.equal(onward(state(begun(true), LIST, ...READ, END))[0], "Continue");
    assert.equal(onward(state(begun(false), LIST, ...READ, END))[0], "Search again");
    assert.equal(onward(state(begun(true), LIST, started(1, ["d1"]), END))[0], "Search again");
});
