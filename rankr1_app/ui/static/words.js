// The model's words, as nodes: labels become links to the documents they mean, query words are underlined.

import { h } from "./dom.js";

export function short(candidate, limit = 42) {
    const name = candidate?.title || candidate?.id || "a document";
    return name.length > limit ? `${name.slice(0, limit - 1)}…` : name;
}

// `text` with each label of `call` as a button that leads to its document.
export function labelled(text, call, state, go) {
    const nodes = [];
    let at = 0;
    for (const match of text.matchAll(/\[(\d{1,2})\]/g)) {
        const id = call.documents[Number(match[1]) - 1];
        if (!id) continue;
        const candidate = state.byId.get(id);
        nodes.push(text.slice(at, match.index));
        nodes.push(
            h("button", { class: "chip", type: "button", title: `${match[0]} in this comparison is “${candidate?.title || id}”`,
                onclick: () => go(id) }, short(candidate)),
        );
        at = match.index + match[0].length;
    }
    nodes.push(text.slice(at));
    return nodes;
}

const STOP = new Set(("a an and are as at be by can did do does for from had has have how i in is it its me my of on or " +
    "our that the their them they this to was we what when where which who why will with you your").split(" "));

// `text` with the words of `query` marked.
export function underlined(text, query) {
    const words = (query.toLowerCase().match(/[\p{L}\p{N}]+/gu) || []).filter((word) => !STOP.has(word) && word.length < 60);
    if (!words.length) return [text];
    const wanted = new Set(words);
    const nodes = [];
    let at = 0;
    for (const match of text.matchAll(/[\p{L}\p{N}]+/gu)) {
        if (!wanted.has(match[0].toLowerCase())) continue;
        nodes.push(text.slice(at, match.index), h("u", {}, match[0]));
        at = match.index + match[0].length;
    }
    nodes.push(text.slice(at));
    return nodes;
}

export const STATUS = {
    running: "thinking",
    ok: "read as written",
    repaired: "read leniently: not quite in the asked form",
    retried: "could not read the answer, asked again in another order",
    failed: "could not read the answer twice: first-stage order decided",
    unfinished: "ended before its answer",
};
