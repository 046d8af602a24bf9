// Where what is shown comes from: the server, or, in a page that was kept, the page itself.

import { h, remembered } from "./dom.js";

/** @import { Kept, Raw, Whole } from "./types.d.ts" */

const element = document.getElementById("rank-r1-kept");

/** @type {Kept | null} Null on a server's page. Of several searches it is those that the address names. */
export const kept = element ? chosen(JSON.parse(element.textContent ?? "")) : null;

// Modules stand under `page/` and the version of all of them.
export const base = kept ? "" : new URL("../..", import.meta.url).href;

export const GONE = "Lost contact with the server. Results so far are kept.";

/**
 * @param {{ css: string, searches: (Kept & { id: string })[], compared?: string[], votes?: { choice: string }[] }} all
 * @returns {Kept}
 */
function chosen({ css, searches, compared = [], votes = [] }) {
    const named = location.hash.slice(1).split(",").map(decodeURIComponent);
    window.addEventListener("hashchange", () => location.reload());
    const found = searches.filter(({ id }) => named.includes(id)).slice(0, 4);
    const beside = found.length ? found : searches.filter(({ id }) => compared.includes(id));
    return { ...(found[0] ?? searches[0]), css, beside: beside.length > 1 ? beside : [], votes };
}

export function style() {
    if (kept) return h("style", {}, kept.css);
    return h("link", { rel: "stylesheet", href: new URL("page.css", import.meta.url).href });
}

/**
 * @param {unknown} sent
 * @param {AbortSignal} [signal]
 * @returns {RequestInit}
 */
function posted(sent, signal) {
    return { method: "POST", body: JSON.stringify(sent), headers: { "Content-Type": "application/json" }, signal };
}

/**
 * An answer that is well. Throws an error in words, the server's own where it gave one. The session that this browser
 * keeps opens its own documents.
 * @param {string} path
 * @param {RequestInit} [how]
 */
export async function fetched(path, how = {}) {
    const session = remembered("own", "");
    const headers = { ...how.headers, ...(session ? { "X-Rank-R1-Session": session } : {}) };
    let answer;
    try {
        answer = await fetch(base + path, { ...how, headers });
    } catch (error) {
        // What the browser says of a broken connection differs from browser to browser.
        throw how.signal?.aborted ? error : new TypeError("the server does not answer");
    }
    if (answer.ok) return answer;
    const told = await answer.json().catch(() => ({}));
    throw new Error(told.error ?? `the server answered ${answer.status}`);
}

/**
 * An answer as JSON.
 * @param {string} path
 * @param {unknown} [sent]
 * @returns {Promise<any>}
 */
export async function ask(path, sent) {
    return (await fetched(path, sent ? posted(sent) : undefined)).json();
}

/**
 * Lines as they come, as many at a time as came together. Without `sent` it is a kept search that is read.
 * @param {string} path
 * @param {unknown} sent
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Raw[]>}
 */
export async function* stream(path, sent, signal) {
    const { body } = await fetched(path, sent ? posted(sent, signal) : { signal });
    const reader = (body ?? new Blob().stream()).pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
        const { value, done } = await reader.read();
        if (done || signal.aborted) return;
        const lines = (rest + value).split("\n");
        rest = lines.pop() ?? "";
        yield lines.filter(Boolean).map((line) => JSON.parse(line));
    }
}

/**
 * One comparison with what was sent and what came back.
 * @param {string} run
 * @param {number} call
 * @returns {Promise<Whole>}
 */
export async function wholeCall(run, call) {
    return kept ? kept.calls[call] : ask(`api/recordings/${encodeURIComponent(run)}?call=${call}`);
}
