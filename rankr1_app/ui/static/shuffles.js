// The same search with its documents shuffled otherwise: which shuffle is which, how far they are, and those kept.

import { Search } from "./search.js";
import { ask, kept } from "./source.js";
import { empty, ended, fold } from "./state.js";

/** @import { State } from "./types.d.ts" */

export const MOST = 5;
const SEED = 7919;

/**
 * The seed of a shuffle of a search, by the shuffle's number.
 * @param {State} state
 * @param {number} n
 */
export function seed({ settings }, n) {
    return (Number(settings.seed || 0) + n * SEED) % 2 ** 31;
}

/**
 * Which shuffle of a search another one is; 0 for none.
 * @param {State} state
 * @param {State} other
 */
export function numbered(state, other) {
    for (let n = 1; n <= MOST; n++) if (seed(state, n) === other.settings.seed) return n;
    return 0;
}

/**
 * How far searches are, all together: comparisons that ended, and about how many there will be. One that has not said so
 * takes about as many as `like`.
 * @param {State[]} states
 * @param {State} like
 */
export function share(states, like) {
    const done = states.flatMap(({ calls }) => [...calls.values()]).filter(({ status }) => status !== "running");
    const all = states.map((state) =>
        ended(state) ? state.calls.size : Math.max(state.calls.size, state.expected || like.calls.size),
    );
    return { done: done.length, all: all.reduce((sum, calls) => sum + calls, 0) };
}

/**
 * The shuffles that are kept of a search, as far as they can be read.
 * @param {string} run
 * @returns {Promise<State[]>}
 */
export async function recorded(run) {
    if (kept) return (kept.shuffles ?? []).map((lines) => lines.reduce(fold, empty()));
    const { runs } = await ask(`api/recordings/${encodeURIComponent(run)}/shuffles`);
    const read = runs.map((/** @type {string} */ each) => new Search().recording(each));
    return (await Promise.all(read)).map((lines) => (lines ?? []).reduce(fold, empty()));
}

/**
 * Keep shuffles with the search that they are of. Throws what the server says.
 * @param {string} run
 * @param {string} shuffle
 */
export async function keep(run, shuffle) {
    await ask(`api/recordings/${encodeURIComponent(run)}/shuffles`, { run: shuffle });
}
