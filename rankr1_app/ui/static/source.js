// Where what is shown comes from: the server, or, in a page that was kept, the page itself.

import { h } from "./dom.js";

const element = document.getElementById("rank-r1-kept");

// What a kept page carries: `css`, the `lines` of its search, and its `calls` whole. Null on a server's page.
export const kept = element ? JSON.parse(element.textContent) : null;

export const base = kept ? "" : new URL("..", import.meta.url).href;

export function style() {
    return kept
        ? h("style", {}, kept.css)
        : h("link", { rel: "stylesheet", href: new URL("page.css", import.meta.url).href });
}

// An answer as JSON. Throws an error in words, the server's own where it gave one.
export async function ask(path, sent) {
    const how = sent && { method: "POST", body: JSON.stringify(sent), headers: { "Content-Type": "application/json" } };
    let answer;
    try {
        answer = await fetch(base + path, how);
    } catch {
        throw new Error("the server does not answer");
    }
    const value = await answer.json();
    if (!answer.ok) throw new Error(value.error);
    return value;
}

// One comparison with what was sent and what came back.
export async function wholeCall(run, call) {
    return kept ? kept.calls[call] : ask(`api/recordings/${run}?call=${call}`);
}
