import assert from "node:assert/strict";
import { test } from "node:test";

import "./search.js";

const { meanings } = await import("../../rankr1_app/ui/static/legend.js");

test("what a model repeats of its prompt is explained, and nothing else", () => {
    const said = "bread comes early, words 1.00, meaning none: it comes first.";
    assert.deepEqual(
        meanings(said).map(([name]) => name),
        ["words 1.00", "meaning none", "comes early", "it comes first"],
    );
    assert.deepEqual(
        meanings("[2] words .45, meaning .31: nearer in meaning than [1], so it leads.").map(([name]) => name),
        ["words .45", "meaning .31", "so it leads", "nearer in meaning"],
    );
    assert.deepEqual(
        meanings(
            "none of the words, words none, meaning .31: weaker in words. [2], which beats [1]: found earlier.",
        ).map(([name]) => name),
        ["words none", "meaning .31", "none of the words", "weaker in words", "found earlier"],
    );
    assert.deepEqual(meanings("Other words, of no meaning; it comes first to mind, so it leads on"), []);
});
