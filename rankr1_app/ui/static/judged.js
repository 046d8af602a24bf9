// What is known of documents beside any model: grades that people gave, and how well an order does by them.

import { h, remember, remembered, spoken } from "./dom.js";

/** @import { Judged, State } from "./types.d.ts" */

/** @type {Record<number, string[]>} What grades mean, by the highest there is. */
const MEANINGS = {
    1: ["not relevant", "relevant"],
    2: ["not relevant", "partly relevant", "relevant"],
    3: ["not relevant", "near the topic", "answers a part", "answers the query"],
};

// Whether the reader wants to see them.
export function visible() {
    return remembered("judgements", "shown") === "shown";
}

/** @param {boolean} shown */
export function show(shown) {
    remember("judgements", shown ? "shown" : "hidden");
}

/**
 * The grade of a document in a square, and what it means.
 * @param {Judged} judged
 * @param {string} id
 */
export function square({ grades, highest }, id) {
    const grade = grades[id];
    if (grade === undefined) {
        return h("span", { class: "grade none", title: "Nobody judged it for this query" }, "not judged");
    }
    const meaning = MEANINGS[highest]?.[Math.max(0, grade)];
    const rest = ` of ${highest}${meaning ? `, ${meaning}` : ""}`;
    const level = Math.round((3 * Math.max(0, grade)) / Math.max(1, highest));
    const about = { class: "grade", "data-level": level, title: "What people judged it to be for this query" };
    return h("span", about, spoken("judged "), h("span", { class: "sign" }, String(grade)), rest);
}

/**
 * nDCG of an order, its gains the grades: null where nothing relevant is known.
 * @param {Judged} judged
 * @param {string[]} ids
 */
export function ndcg({ grades, cutoff, ideal }, ids) {
    if (!ideal) return null;
    const gains = ids.slice(0, cutoff).map((id, place) => Math.max(0, grades[id] ?? 0) / Math.log2(place + 2));
    return gains.reduce((sum, gain) => sum + gain, 0) / ideal;
}

/**
 * One divided by the place of the first relevant document, 0 where none is among the first.
 * @param {Judged} judged
 * @param {string[]} ids
 */
export function reciprocal({ grades }, ids, cutoff = 10) {
    const place = ids.slice(0, cutoff).findIndex((id) => grades[id] > 0);
    return place < 0 ? 0 : 1 / (place + 1);
}

/**
 * The part of the first documents that is relevant.
 * @param {Judged} judged
 * @param {string[]} ids
 */
export function precision({ grades }, ids, cutoff = 5) {
    return ids.slice(0, cutoff).filter((id) => grades[id] > 0).length / cutoff;
}

/**
 * The measures of an order by their names, none where nothing relevant is known.
 * @param {Judged | null} judged
 * @param {string[]} ids
 * @returns {[name: string, value: string][]}
 */
export function measures(judged, ids) {
    const gain = judged && ndcg(judged, ids);
    if (!judged || gain === null) return [];
    return [
        [`nDCG@${judged.cutoff}`, fraction(gain)],
        ["RR@10", fraction(reciprocal(judged, ids))],
        ["P@5", fraction(precision(judged, ids))],
    ];
}

/**
 * The measure of the first stage and of the ranking as it stands, in words.
 * @param {State} state
 * @param {string[]} ids the order as it stands
 */
export function measured({ judged, documents, calls }, ids) {
    const first = judged && ndcg(judged, [...documents.keys()]);
    if (!judged || first === null) return "";
    const now = ndcg(judged, ids) ?? 0;
    return `nDCG@${judged.cutoff} ${fraction(first)}${calls.size ? ` → ${fraction(now)}` : ""}`;
}

/** @param {number} value */
function fraction(value) {
    return value.toFixed(2).replace(/^0/, "");
}
