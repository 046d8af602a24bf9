// What the query became before it was searched for, by what, and what it was learnt from.

import { h, say } from "./dom.js";
import { chip } from "./labels.js";
import { running } from "./state.js";
import { capital, plural, short } from "./words.js";

/** @import { Actions, Rewritten, State } from "./types.d.ts" */

const NAMED = 6;

export class RewrittenView {
    /** @type {Rewritten | null} */
    #shown = null;

    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        this.summary = h("summary", { dir: "auto" });
        this.body = h("div", { class: "became" });
        this.node = h("details", { class: "rewritten", hidden: true }, this.summary, this.body);
    }

    update() {
        const { state } = this.view;
        const { rewritten } = state;
        this.node.hidden = !rewritten;
        // Documents have their titles once the list is there.
        if (!rewritten || (rewritten === this.#shown && !this.waiting)) return;
        // What a model writes is seen while it does.
        if (!rewritten.complete && !this.#shown) this.node.open = true;
        this.#shown = rewritten;
        this.waiting = !state.documents.size;
        say(this.summary, heading(rewritten, state));
        this.body.replaceChildren(...this.parts(rewritten));
    }

    reset() {
        this.#shown = null;
        this.node.open = false;
    }

    /** @param {Rewritten} rewritten */
    parts({ by, query, terms, documents, text, note }) {
        const { state } = this.view;
        /** @type {HTMLElement[]} */
        const nodes = [h("p", { class: "quiet" }, `By ${by}.${original(state)}`)];
        if (note) nodes.push(h("p", { class: "bad" }, `${capital(note)}.`));
        if (terms.length) nodes.push(weights(terms));
        else if (text || query !== state.query) nodes.push(h("p", { class: "words", dir: "auto" }, text || query));
        const from = documents.map((id) => h("li", {}, state.documents.has(id) ? chip(id, this.view) : id));
        if (from.length) nodes.push(h("p", {}, "Learnt from:"), h("ul", { class: "from" }, from));
        return nodes;
    }
}

/**
 * @param {Rewritten} rewritten
 * @param {State} state
 */
function heading({ query, terms, documents, note, complete }, state) {
    if (!complete) return running(state) ? "The model rewrites the query" : "The query was not rewritten to the end";
    if (note) return "Searched for the query as it is";
    if (terms.length) {
        const named = terms.slice(0, NAMED).map(({ term }) => term);
        return `Searched for ${named.join(", ")}${terms.length > NAMED ? ` and ${terms.length - NAMED} more` : ""}`;
    }
    if (query !== state.query) return `Searched for “${short(query, 80)}”`;
    return `Searched for the query moved towards ${plural(documents.length, "document")}`;
}

/** @param {State} state */
function original(state) {
    return state.settings.reranker === "none" ? "" : " The model reads the query as it was asked.";
}

/** @param {Rewritten["terms"]} terms */
function weights(terms) {
    const most = Math.max(...terms.map(({ weight }) => weight), 1e-9);
    const rows = terms.map(({ term, weight }) => {
        const bar = h("span", { class: "bar", style: `width: ${(100 * weight) / most}%` });
        const head = h("th", { scope: "row", dir: "auto" }, term);
        return h("tr", {}, head, h("td", { "aria-hidden": "true" }, bar), h("td", {}, weight.toFixed(3)));
    });
    const caption = h("caption", { class: "spoken" }, "Words that were searched for, with their weights");
    return h("table", { class: "terms" }, caption, h("tbody", {}, rows));
}
