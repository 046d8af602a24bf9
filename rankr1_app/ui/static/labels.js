// The model's words as nodes: labels become links to the documents they mean.

import { h } from "./dom.js";
import { thought } from "./state.js";
import { name, short, stem, stems } from "./words.js";

// A document as something to go to. `self` is the document on whose card it stands.
export function chip(id, state, actions, { label = "", self = "" } = {}) {
    const title = name(state.documents.get(id), id);
    const hint = label ? `${label} stands for “${short(title, 120)}” in this comparison` : short(title, 120);
    if (id === self) return h("span", { class: "chip self", title: hint }, "this document");
    return h("button", { class: "chip", type: "button", dir: "auto", title: hint, onclick: () => actions.go(id) }, short(title));
}

// `text` of an answer to `call`, its labels replaced.
export function labelled(text, call, state, actions, self = "") {
    const nodes = [];
    let at = 0;
    for (const match of text.matchAll(/\[(\d{1,2})\]/g)) {
        const id = call.documents[Number(match[1]) - 1];
        if (id === undefined) continue;
        nodes.push(text.slice(at, match.index), chip(id, state, actions, { label: match[0], self }));
        at = match.index + match[0].length;
    }
    nodes.push(text.slice(at));
    return nodes.filter((node) => node !== "");
}

// A thought that is still being written: only what is new is added, so that selections and focus hold.
export class Stream {
    constructor(node, call, state, actions) {
        Object.assign(this, { node, call, state, actions, at: 0 });
    }

    // Draws what is certain of it. A label or tag that may still be growing waits for the rest.
    write() {
        const { start, end, closed } = thought(this.call.text);
        const words = this.call.text.slice(start, end);
        const finished = closed || this.call.status !== "running";
        const certain = finished ? words.trimEnd() : words.replace(/(\s*<[^<>]{0,12}|\[\d{0,2}|\s+)$/, "");
        if (certain.length <= this.at) return;
        for (const piece of labelled(certain.slice(this.at), this.call, this.state, this.actions)) {
            const last = this.node.lastChild;
            if (typeof piece === "string" && last instanceof Text) last.appendData(piece);
            else this.node.append(piece);
        }
        this.at = certain.length;
    }
}

// `text` with the words of `query` underlined.
export function underlined(text, query) {
    const wanted = stems(query);
    if (!wanted.size) return [text];
    const nodes = [];
    let at = 0;
    for (const match of text.matchAll(/[\p{L}\p{N}]+/gu)) {
        if (match[0].length > 60 || !wanted.has(stem(match[0].toLowerCase()))) continue;
        nodes.push(text.slice(at, match.index), h("u", {}, match[0]));
        at = match.index + match[0].length;
    }
    nodes.push(text.slice(at));
    return nodes;
}
