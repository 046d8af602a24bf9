import assert from "node:assert/strict";
import { test } from "node:test";

import { finished, retrieved, started } from "./search.js";

globalThis.document = { getElementById: () => null };
const { Search } = await import("../../rankr1_app/ui/static/search.js");

const LINES = [
    { type: "run", id: "r" },
    { type: "search_started", query: "q", settings: {}, seed: 1, started: "2026-01-01" },
    retrieved(["Ünï", "😀"]),
    started(1, ["d1", "d2"]),
    finished(1, ["d2"]),
    { type: "search_finished", at: 5, totals: null },
];

// A server whose answer comes in pieces that know nothing of lines or characters.
function serve(lines, size = 7) {
    const bytes = new TextEncoder().encode(lines.map((line) => JSON.stringify(line) + "\n").join("") + "\n");
    const asked = [];
    globalThis.fetch = async (path, how) => {
        asked.push([String(path), how?.method]);
        const pieces = ReadableStream.from(
            Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.slice(n * size, n * size + size)),
        );
        return new Response(pieces);
    };
    return asked;
}

test("a search reads its stream, in whatever pieces it comes", async () => {
    serve(LINES);
    let changes = 0;
    const search = new Search(() => changes++);
    await search.run({ query: "q" });
    assert.equal(search.state.phase, "finished");
    assert.equal(search.state.documents.get("d2").title, "😀");
    assert.ok(changes > LINES.length);
});

test("a stream that breaks off is a search that failed, in words", async () => {
    serve(LINES.slice(0, -1));
    const search = new Search();
    await search.run({ query: "q" });
    assert.equal(search.state.phase, "failed");
    assert.match(search.state.message, /^Lost contact with the server/);
    globalThis.fetch = async () => new Response(JSON.stringify({ error: "depth 0 is not valid" }), { status: 400 });
    await search.run({ query: "q" });
    assert.equal(search.state.message, "depth 0 is not valid");
    globalThis.fetch = async () => new Response("<html>", { status: 502 });
    await search.run({ query: "q" });
    assert.equal(search.state.message, "the server answered 502");
});

test("two searches do not know of each other, and one that is left says nothing more", async () => {
    serve(LINES);
    const [one, other] = [new Search(), new Search()];
    const runs = [one.run({ query: "a" }), other.run({ query: "b" })];
    one.leave();
    await Promise.all(runs);
    assert.equal(one.state.phase, "started");
    assert.equal(other.state.phase, "finished");
});

test("Stop asks the server to end this search", async () => {
    const asked = serve(LINES);
    const search = new Search();
    await search.run({ query: "q" });
    await search.stop().catch(() => null);
    assert.match(asked.at(-1)[0], /api\/search\/r\/stop$/);
    assert.equal(asked.at(-1)[1], "POST");
});
