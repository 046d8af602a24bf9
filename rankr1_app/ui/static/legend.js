// What the figures mean that a model repeats of what its prompt told it, in a line each.

import { button, h, mark } from "./dom.js";

/** @type {[RegExp, string, string][]} How it is written, how it is named here, and what it means. */
const ENTRIES = [
    [
        /\bwords (?:1\.00|\.\d\d|none)/,
        "words 1.00",
        "BM25 score as a share of the best one found, as the prompt says it; none: not known, or without a word of the query",
    ],
    [
        /\bmeaning (?:1\.00|\.\d\d|none)/,
        "meaning .13",
        "closeness in meaning to the query, in a fused list to the query and the first documents of it together, as the " +
            "prompt says it: 1.00 at most, below .25 is far",
    ],
    [/ comes early\b/, "comes early", "the word is among the first eight of the document, title included"],
    [/: it comes first\./, "it comes first", "it is looked at first, and the others are compared with it; no rank"],
    [/, so it leads\b/, "so it leads", "it is the best of those looked at so far"],
    [/\bnone of the words\b/, "none of the words", "it has no word of the query as the query writes it"],
    [
        /\b(?:nearer|less near) in meaning\b/,
        "nearer in meaning",
        "of all that tells two documents apart, the figure for meaning weighs most",
    ],
    [
        /\b(?:stronger|weaker) in words\b/,
        "stronger in words",
        "of all that tells two documents apart, the figure for words weighs most",
    ],
    [
        /\b(?:more|fewer) of the words\b/,
        "more of the words",
        "of all that tells two documents apart, how many words of the query each has weighs most",
    ],
    [/\bfound earlier\b/, "found earlier", "nothing tells two documents apart, and the first stage has this one first"],
];

/** What tells that a model repeats its prompt, and does not just write these words. */
const SCORES = /\bwords (?:1\.00|\.\d\d|none), meaning (?:1\.00|\.\d\d|none)/;

/**
 * Which of these figures stand in what a model wrote, with their meanings.
 * @param {string} text
 * @returns {[string, string][]}
 */
export function meanings(text) {
    if (!SCORES.test(text)) return [];
    return ENTRIES.filter(([written]) => written.test(text)).map(([, name, meaning]) => [name, meaning]);
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
