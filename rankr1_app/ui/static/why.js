// Why a document stands where it stands, in short: the reasons of the comparison that decided it, in the model's words, or what the method has instead.

import { h } from "./dom.js";
import { folding } from "./folding.js";
import { spelled } from "./labels.js";
import { story } from "./state.js";
import { called, capital, score, sourced, staged } from "./words.js";

/** @import { State } from "./types.d.ts" */

const WORDLESS = "This method gives no reasons.";

/**
 * @param {State} state
 * @param {string} id
 * @returns {HTMLElement[]}
 */
export function reason(state, id) {
    const { main, notes } = story(state, id);
    const shown = notes.map((text) => h("p", { class: "note" }, text));
    if (!main) {
        const ranked = state.settings.reranker && state.settings.reranker !== "none";
        return ranked ? shown : stage(state, id).map((text) => h("p", { class: "note" }, text));
    }
    const text = main.spans.map((span) => spelled(main.call, span, state.documents)).join(" ");
    const from = h("figcaption", {}, `from ${called(main.call)}`);
    const words = h("blockquote", { class: "words", dir: "auto" }, text);
    return [h("figure", { class: "reason" }, ...folding(words), from), ...shown];
}

/**
 * The same as plain text.
 * @param {State} state
 * @param {string} id
 */
export function plain(state, id) {
    return reason(state, id).map((node) => node.firstElementChild?.textContent ?? node.textContent ?? "");
}

/**
 * What a first stage alone knows of a document.
 * @param {State} state
 * @param {string} id
 */
function stage({ documents, stage: name, settings }, id) {
    const candidate = documents.get(id);
    if (!candidate || !name) return [];
    const { sources = [], score: value } = candidate;
    if (settings.candidates && !value && !sources.length) {
        return [WORDLESS, `Not among the first 1,000 of ${staged(String(settings.retriever))}.`];
    }
    const parts = sources.length ? `, ${sourced(sources)} of the whole index` : "";
    return [WORDLESS, `${capital(name)}: ${score(value)}${parts}.`];
}
