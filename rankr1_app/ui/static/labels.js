// The model's words as nodes: labels become links to the documents they mean.

import { h } from "./dom.js";
import { thought } from "./state.js";
import { name, short, stem, stems } from "./words.js";

// A document as something to go to. `self` is the document on whose card it stands.
export function chip(id, state, actions, { label = "", self = "" } = {}) {
    const title = name(state.documents.get(id), id);
    const hint = label ? `${label} stands for “${short(title, 120)}” in this comparison` : short(title, 120);
    if (id === self) return h("span", { class: "chip self", title: hint }, "this document");
    return h(
        "button",
        { class: "chip", type: "button", dir: "auto", title: hint, onclick: () => actions.go(id) },
        short(title),
    );
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

// A reason of a document: its labels replaced, and what it quotes marked as there or not. `point` is told which
// quotation is looked at.
export function evidenced(call, { start, end, quotes = [] }, state, actions, self, point) {
    const nodes = [];
    const words = (from, to) => labelled(call.text.slice(from, to), call, state, actions, self);
    let at = start;
    for (const quote of quotes) {
        if (quote.start < at) continue;
        nodes.push(...words(at, quote.start));
        const text = call.text.slice(quote.start, quote.end);
        nodes.push(
            quote.in
                ? h(
                      "button",
                      {
                          class: "quote",
                          type: "button",
                          title: quote.exact
                              ? "Show these words in the document"
                              : "Nearly these words: show them in the document",
                          onclick: () => point(quote),
                      },
                      text,
                  )
                : h(
                      "span",
                      { class: "quote missing", title: "These words are not in the document" },
                      text,
                      h("span", { class: "spoken" }, " (not in the document)"),
                  ),
        );
        at = quote.end;
    }
    return [...nodes, ...words(at, end)];
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

// `text` with the words of `query` underlined, and what reasons quote of it marked.
export function underlined(text, query, quotes = []) {
    const nodes = [];
    let at = 0;
    for (const quote of [...quotes].sort((a, b) => a.from - b.from)) {
        if (quote.from < at || quote.from >= text.length) continue;
        nodes.push(...asked(text.slice(at, quote.from), query));
        nodes.push(
            h(
                "mark",
                { "data-from": quote.from, title: "Quoted in the reason below" },
                asked(text.slice(quote.from, quote.to), query),
            ),
        );
        at = quote.to;
    }
    return [...nodes, ...asked(text.slice(at), query)];
}

function asked(text, query) {
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
