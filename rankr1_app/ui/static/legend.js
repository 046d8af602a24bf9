// What the figures mean that a model repeats of what its prompt told it, in a line each.

import { button, h, mark } from "./dom.js";

const MEANING =
    "closeness in meaning to the query, in a fused list to the query and the first documents of it together, as the " +
    "prompt says it: 1.00 at most, below .25 is far";
/** @type {[RegExp, string][]} How it is written, and what it means. */
const ENTRIES = [
    [
        /\bwords (?:1\.00|\.\d\d|none)/,
        "BM25 score as a share of the best one found, as the prompt says it; none: not known, or without a word of the query",
    ],
    [/\bmeaning (?:1\.00|\.\d\d|none)/, MEANING],
    [/\bcomes early\b/, "the word is among the first eight of the document, title included"],
    [/\bit comes first(?=\.)/, "it is looked at first, and the others are compared with it; no rank"],
    [/\bso it leads\b/, "it is the best of those looked at so far"],
    [/\bnone of the words\b/, "it has no word of the query as the query writes it"],
    [
        /\b(?:nearer|less near) in meaning\b/,
        "of all that tells two documents apart, the figure for meaning weighs most",
    ],
    [/\b(?:stronger|weaker) in words\b/, "of all that tells two documents apart, the figure for words weighs most"],
    [
        /\b(?:more|fewer) of the words\b/,
        "of all that tells two documents apart, how many words of the query each has weighs most",
    ],
    [/\bfound earlier\b/, "nothing tells two documents apart, and the first stage has this one first"],
];

/** What tells that a model repeats its prompt, and does not just write these words. */
const SCORES = /\bwords (?:1\.00|\.\d\d|none), meaning (?:1\.00|\.\d\d|none)/;

/**
 * The first of each of these figures in what a model wrote, with its meaning.
 * @param {string} text
 * @returns {[string, string][]}
 */
export function meanings(text) {
    if (!SCORES.test(text)) return [];
    return ENTRIES.flatMap(([written, meaning]) => {
        const found = written.exec(text);
        return found ? [/** @type {[string, string]} */ ([found[0], meaning])] : [];
    });
}

/**
 * A button and the list that it opens; nothing where no such figure stands in the text.
 * @param {string} text
 */
export function legend(text) {
    const rows = meanings(text);
    if (!rows.length) return null;
    const list = h(
        "dl",
        { class: "legend", hidden: true },
        rows.flatMap(([name, meaning]) => [h("dt", {}, `“${name}”`), h("dd", {}, meaning)]),
    );
    const toggle = () => {
        list.hidden = !list.hidden;
        mark(open, "aria-expanded", String(!list.hidden));
    };
    const open = button("link", "What the figures mean", toggle, { "aria-expanded": "false" });
    return { open, list };
}
