// What can be kept of a search that is over, and what can be asked of it.

import { button, h } from "./dom.js";
import { Other } from "./other.js";
import { link } from "./route.js";
import { Share, exposed } from "./share.js";
import { base, kept } from "./source.js";
import { ended } from "./state.js";
import { indexed, staged } from "./words.js";

/** @import { Actions, Settings } from "./types.d.ts" */

const TITLE = kept ? "About this search" : "Save and investigate";
const FORMS = { run: "TREC run", json: "JSON", jsonl: "Recording (JSONL)", html: "Offline report (HTML)" };
const WITHOUT =
    "This page needs no server and has none: to search, to find other documents, to test a reason or to check stability, " +
    "open the search where it was made.";
/** @type {[name: string, text: string][]} */
const SETTINGS = [
    ["index", "index"],
    ["retriever", "first stage"],
    ["reranker", "reranker"],
    ["depth", "depth"],
    ["k", "top k"],
    ["docs_per_call", "documents per comparison, at most"],
    ["sort", "sort"],
    ["order", "document order"],
    ["rewrite", "query"],
    ["seed", "seed"],
];

export class Keep {
    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        this.share = new Share(
            "plain",
            () => link("show", "of", "view"),
            () => [],
        );
        this.node = h("section", { class: "keep", hidden: true, "aria-label": TITLE });
    }

    reset() {
        this.node.hidden = true;
        this.share.reset();
    }

    update() {
        const { state } = this.view;
        const ready = ended(state) && state.run !== "" && state.documents.size > 0;
        if (this.node.hidden !== ready) return;
        this.node.hidden = !ready;
        if (!ready) return;
        if (kept) {
            const text = `It was asked with: ${asked(state.settings)}.`;
            return this.node.replaceChildren(h("h2", {}, TITLE), h("p", {}, text), h("p", {}, WITHOUT));
        }
        const links = Object.entries(FORMS).map(([form, text]) => {
            const href = `${base}api/recordings/${encodeURIComponent(state.run)}/download?form=${form}`;
            return h("a", { href, download: "" }, text);
        });
        this.node.replaceChildren(
            h("h2", {}, TITLE),
            h(
                "p",
                {},
                button("plain", "Where is the document I expected?", () => this.view.find()),
            ),
            new Other(state).node,
            h("p", { class: "downloads" }, "Download: ", ...links.flatMap((link, n) => [n ? " · " : "", link])),
            h("p", {}, this.share.node),
            h("p", { class: "quiet" }, `The link opens this search again, as it is. ${exposed([state])}`.trim()),
        );
    }
}

/**
 * What a search was asked with, in words; what was left to the model is left out.
 * @param {Settings} settings
 */
export function asked(settings) {
    const named = SETTINGS.filter(([name]) => settings[name] || (name === "seed" && settings.seed === 0));
    /** @type {Record<string, (value: string) => string>} */
    const spoken = { retriever: staged, index: indexed };
    return named
        .map(([name, text]) => `${text} ${spoken[name]?.(String(settings[name])) ?? settings[name]}`)
        .join(", ");
}
