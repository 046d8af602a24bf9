import assert from "node:assert/strict";
import { test } from "node:test";

import { finished, retrieved, started, state } from "./search.js";

const { headline } = await import("../../rankr1_app/ui/static/strip.js");

const START = { type: "search_started", query: "q", settings: { k: 2, reranker: "m" }, seed: 0, started: "" };
const LIST = retrieved(["Yeast", "Ovens"]);
const RANKS = [1, 2].map((rank) => ({ type: "rank_settled", rank, document: `d${rank}`, calls: [1] }));

test("ranks that answers which could not be read left to the first stage are not called settled by the model", () => {
    const unread = { ...finished(1, ["d1"]), status: "failed", order: ["d1", "d2"] };
    const found = state(START, LIST, started(1, ["d1", "d2"]), unread, ...RANKS, { type: "search_finished" });
    assert.match(headline(found, "ready"), /first-stage order: 1 of 1 answer could not be read$/);
    const read = state(START, LIST, started(1, ["d1", "d2"]), finished(1, ["d1"]), ...RANKS, {
        type: "search_finished",
    });
    assert.doesNotMatch(headline(read, "ready"), /could not be read/);
});
