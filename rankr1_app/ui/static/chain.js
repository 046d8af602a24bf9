// How two documents that never met are joined by comparisons of others.

import { winner } from "./state.js";

/** @import { Call } from "./types.d.ts" */

/**
 * The shortest way from a document to another by comparisons in which the model chose the one over the next.
 * @param {Iterable<Call>} calls
 * @param {string[]} pair
 */
export function chain(calls, [top, low]) {
    const chosen = [...calls].filter((call) => call.answer.length && ["ok", "repaired"].includes(call.status));
    /** @type {Map<string, { call: Call, from: string, to: string }[]>} */
    const ways = new Map([[top, []]]);
    // What is added while it is walked through comes later in it: nearer ones are first.
    for (const [from, way] of ways) {
        for (const call of chosen.filter((call) => winner(call) === from))
            for (const to of call.documents) if (!ways.has(to)) ways.set(to, [...way, { call, from, to }]);
    }
    return ways.get(low) ?? [];
}
