// Lines of a search as they arrive, brought to the newest version: everything else knows only that one.

/** @import { Line, Raw } from "./types.d.ts" */

/** @type {Record<string, (line: Raw) => Raw>} */
const UPGRADES = {
    expected: (line) => ({ ...line, type: "planned" }),
    retrieved: (line) => ({
        note: "",
        ...line,
        candidates: line.candidates.map((/** @type {object} */ candidate) => ({ sources: [], ...candidate })),
    }),
    call_started: (line) => ({ kind: "choose", ...line }),
    call_finished: ({ winner, likelihoods, ...line }) => ({
        order: winner ? [winner] : [],
        scores: likelihoods ?? [],
        score_name: likelihoods?.length ? "label probability" : "",
        error: "",
        cached: null,
        ...line,
        answer: Array.isArray(line.answer) ? line.answer : line.answer ? [line.answer] : [],
    }),
    explained: (line) => ({ labels: [], ...line }),
    rank_settled: (line) => ({ score: null, score_name: "", ...line }),
};

/**
 * @param {Raw} line
 * @returns {Line}
 */
export function current(line) {
    return /** @type {Line} */ (/** @type {unknown} */ (UPGRADES[line.type]?.(line) ?? line));
}
