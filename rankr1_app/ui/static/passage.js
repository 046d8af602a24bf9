// The part of a document that is shown: what the reasons speak of, not always its beginning.

/** @import { Quote } from "./types.d.ts" */

/** Characters that are in view while a passage is folded, about three lines. */
const VIEW = 240;

/**
 * Where the part begins that holds most of what is quoted: at 0, or where a sentence begins.
 * @param {string} text
 * @param {Quote[]} quotes
 */
export function beginning(text, quotes) {
    const marks = quotes.flatMap(({ from, to }) => (from === undefined || to === undefined ? [] : [{ from, to }]));
    let best = 0;
    let most = inside(marks, 0);
    for (const { from } of marks) {
        const start = sentence(text, from);
        const found = inside(marks, start);
        if (found > most) [best, most] = [start, found];
    }
    return best;
}

/**
 * How many marks are in view from `start` on.
 * @param {{ from: number, to: number }[]} marks
 * @param {number} start
 */
function inside(marks, start) {
    return marks.filter(({ from, to }) => from >= start && to <= start + VIEW).length;
}

/**
 * Where the sentence begins that a place is in; in a very long one, a few words before the place.
 * @param {string} text
 * @param {number} place
 */
function sentence(text, place) {
    const before = text.slice(0, place);
    const end = [...before.matchAll(/[.!?。！？]["”’)]*\s*/gu)].at(-1);
    const start = end ? end.index + end[0].length : 0;
    if (place - start < VIEW / 2) return start;
    return before.lastIndexOf(" ", place - VIEW / 4) + 1;
}
