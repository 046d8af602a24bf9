// The model's words as nodes: labels become links to the documents they mean.

import { button, h } from "./dom.js";
import { thoughts, winner } from "./state.js";
import { STATUS, name, ordinal, plural, score, short, stem, stems } from "./words.js";

/** @import { Actions, Call, Candidate, Label, Quote, Reason, Span } from "./types.d.ts" */

/** @typedef {(Node | string)[]} Nodes */

/**
 * A document as something to go to. `self` is the document on whose card it stands.
 * @param {string} id
 * @param {Actions} view
 * @param {{ label?: string, self?: string }} [how]
 */
export function chip(id, view, { label = "", self = "" } = {}) {
    const title = name(view.state.documents.get(id), id);
    const hint = label ? `${label} stands for “${short(title, 120)}” in this comparison` : short(title, 120);
    if (id === self) return h("span", { class: "chip self", title: hint }, "this document");
    return button("chip", short(title), () => view.go(id), { dir: "auto", title: hint });
}

/**
 * The labels of an answer: as they were found in it; while it is written, as they seem to be.
 * @param {Call} call
 * @param {Map<string, Candidate>} documents
 * @param {Span} [span] where they are looked for
 * @returns {Label[]}
 */
export function labels({ text, labels: found, documents: shown }, documents, { start, end } = whole(text)) {
    if (found) return found;
    const titles = shown.map((id) => documents.get(id)?.title ?? "").filter((title) => /\[\d/.test(title));
    const seeming = [];
    for (const match of text.slice(start, end).matchAll(/\[(\d{1,2})\]/g)) {
        const document = shown[Number(match[1]) - 1];
        const at = start + match.index;
        const label = { document, start: at, end: at + match[0].length };
        if (document !== undefined && !titles.some((title) => within(text, title, label))) seeming.push(label);
    }
    return seeming;
}

/** @param {string} text */
function whole(text) {
    return { start: 0, end: text.length };
}

/**
 * Whether a bracketed number is part of a title that stands there.
 * @param {string} text
 * @param {string} title
 * @param {Span} span
 */
function within(text, title, { start, end }) {
    for (let at = title.indexOf(text.slice(start, end)); at >= 0; at = title.indexOf("[", at + 1)) {
        if (title.length > end - start && text.startsWith(title, start - at)) return true;
    }
    return false;
}

/**
 * The words of an answer to `call` from `start` to `end`, each label replaced by what `shown` makes of it.
 * @template Shown
 * @param {Call} call
 * @param {Span} span
 * @param {Map<string, Candidate>} documents
 * @param {(label: Label) => Shown} shown
 * @returns {(Shown | string)[]}
 */
function replaced(call, { start, end }, documents, shown) {
    /** @type {(Shown | string)[]} */
    const parts = [];
    let at = start;
    for (const label of labels(call, documents, { start, end })) {
        if (label.start < at || label.end > end) continue;
        parts.push(call.text.slice(at, label.start), shown(label));
        at = label.end;
    }
    parts.push(call.text.slice(at, end));
    return parts.filter((part) => part !== "");
}

/**
 * The words of an answer, its labels as links.
 * @param {Call} call
 * @param {Span} span
 * @param {Actions} view
 * @param {string} [self]
 * @returns {Nodes}
 */
export function labelled(call, span, view, self = "") {
    return replaced(call, span, view.state.documents, ({ document, start, end }) =>
        chip(document, view, { label: call.text.slice(start, end), self }),
    );
}

/**
 * The words of an answer as they were written, each label followed by what it stands for.
 * @param {Call} call
 * @param {Span} span
 * @param {Actions} view
 * @returns {Nodes}
 */
export function annotated(call, span, view) {
    return replaced(call, span, view.state.documents, ({ document, start, end }) => {
        const label = call.text.slice(start, end);
        return [label, chip(document, view, { label })];
    }).flat();
}

/**
 * The words of an answer as plain text, its labels as titles.
 * @param {Call} call
 * @param {Span} span
 * @param {Map<string, Candidate>} documents
 */
export function spelled(call, span, documents) {
    return replaced(
        call,
        span,
        documents,
        ({ document }) => `“${short(name(documents.get(document), document))}”`,
    ).join("");
}

/**
 * A reason of a document: its labels replaced, and what it quotes marked as there or not. `point` gets the quotation
 * that is looked at.
 * @param {Call} call
 * @param {Reason} reason
 * @param {Actions} view
 * @param {string} self
 * @param {(quote: Quote) => void} point
 * @returns {Nodes}
 */
export function evidenced(call, { start, end, quotes = [] }, view, self, point) {
    /** @type {Nodes} */
    const nodes = [];
    let at = start;
    for (const quote of quotes) {
        if (quote.start < at) continue;
        nodes.push(...labelled(call, { start: at, end: quote.start }, view, self));
        nodes.push(quotation(call.text.slice(quote.start, quote.end), quote, point));
        at = quote.end;
    }
    return [...nodes, ...labelled(call, { start: at, end }, view, self)];
}

/**
 * @param {string} text
 * @param {Quote} quote
 * @param {(quote: Quote) => void} point
 */
function quotation(text, quote, point) {
    if (!quote.in) {
        const about = h("span", { class: "spoken" }, " (not in the document)");
        return h("span", { class: "quote missing", title: "These words are not in the document" }, text, about);
    }
    const title = `${shown(text, quote.exact)} in the document`;
    // No button element: its words would not run on from line to line.
    const onclick = () => point(quote);
    const onkeydown = (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        onclick();
    };
    return h("span", { class: "quote", role: "button", tabindex: "0", title, onclick, onkeydown }, text);
}

/**
 * What a quotation shows when it is pressed.
 * @param {string} text
 * @param {boolean} [exact]
 */
function shown(text, exact) {
    if (exact) return "Show these words";
    return /\s/u.test(text.trim()) ? "Nearly these words: show them" : "Another form of this word: show it";
}

/**
 * How a call ended for one of its documents.
 * @param {Call} call
 * @param {string} id
 * @param {Actions} view
 * @returns {Nodes}
 */
export function outcome(call, id, view) {
    const place = call.order.indexOf(id);
    const first = winner(call);
    if (first && call.order.length > 1) return [`put ${ordinal(place + 1)} of ${call.order.length}`];
    if (first === id) return [`chosen over ${plural(call.documents.length - 1, "other")}`];
    if (first) return ["lost to ", chip(first, view)];
    const value = call.scores[call.documents.indexOf(id)];
    return value === undefined ? [STATUS[call.status]] : [`${call.scoreName} ${score(value)}`];
}

// The thought of a call that may still be written: only what is new is added, so that selections and focus hold.
export class Stream {
    /** @type {Span | null} What is drawn, as long as it is one stretch. */
    drawn = null;
    /** @type {Label[]} */
    labels = [];

    /**
     * @param {Element} node
     * @param {Call} call
     * @param {Actions} view
     */
    constructor(node, call, view) {
        this.node = node;
        this.call = call;
        this.view = view;
    }

    write() {
        const spans = thoughts(this.call);
        const [first, ...others] = spans;
        if (!first) return;
        if (!others.length && this.extends(first)) {
            this.draw({ start: this.drawn?.end ?? first.start, end: first.end });
        } else {
            this.node.replaceChildren();
            spans.forEach((span, n) => {
                if (n) this.node.append("\n\n");
                this.draw(span);
            });
        }
        this.drawn = { start: first.start, end: spans[spans.length - 1].end };
        this.labels = this.shown(this.drawn);
    }

    /**
     * Whether what is drawn is the beginning of `span`, with the same labels.
     * @param {Span} span
     */
    extends(span) {
        const { drawn } = this;
        if (!drawn) return true;
        if (drawn.start !== span.start || drawn.end > span.end) return false;
        const now = this.shown(drawn);
        return now.length === this.labels.length && now.every((label, n) => label.start === this.labels[n].start);
    }

    /** @param {Span} span */
    shown({ start, end }) {
        return labels(this.call, this.view.state.documents).filter((label) => label.start >= start && label.end <= end);
    }

    /** @param {Span} span */
    draw(span) {
        for (const piece of labelled(this.call, span, this.view)) {
            const last = this.node.lastChild;
            if (typeof piece === "string" && last instanceof Text) last.appendData(piece);
            else this.node.append(piece);
        }
    }
}

/**
 * `text` with the words of `query` underlined, and what reasons quote of it marked.
 * @param {string} text
 * @param {string} query
 * @param {Quote[]} [quotes]
 * @param {number} [start] where what is shown begins
 * @returns {Nodes}
 */
export function underlined(text, query, quotes = [], start = 0) {
    const wanted = stems(query);
    /** @type {Nodes} */
    const nodes = start ? ["… "] : [];
    let at = start;
    for (const { from = 0, to = 0 } of [...quotes].sort((a, b) => (a.from ?? 0) - (b.from ?? 0))) {
        if (from < at || from >= text.length) continue;
        nodes.push(...searched(text.slice(at, from), wanted));
        const about = { "data-from": from, title: "Quoted in the reason below" };
        nodes.push(h("mark", about, searched(text.slice(from, to), wanted)));
        at = to;
    }
    return [...nodes, ...searched(text.slice(at), wanted)];
}

/**
 * @param {string} text
 * @param {Set<string>} wanted
 * @returns {Nodes}
 */
function searched(text, wanted) {
    if (!wanted.size) return [text];
    /** @type {Nodes} */
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
