// What a search has taken so far: seconds, tokens, and what of them came to nothing.

import { progress } from "./state.js";
import { capital, count, plural, seconds, stageOf } from "./words.js";

/** @import { State } from "./types.d.ts" */

/** @param {State} state */
export function figures(state) {
    const done = progress(state);
    const parts = [];
    if (state.stage) parts.push(`${capital(stageOf(state))} ${state.seconds.toFixed(2)} s`);
    if (done.counted) parts.push(tokens(done));
    if (state.calls.size) {
        parts.push(state.totals ? `${seconds(state.totals.seconds)} total` : `${seconds(state.at)} so far`);
    }
    if (state.unrecorded) parts.push(state.unrecorded);
    if (done.earlier) parts.push(`${plural(done.earlier, "answer")} from the cache`);
    if (done.stopped) {
        const spent = done.spent ? `, ${count(done.spent)} of the tokens` : "";
        parts.push(`${plural(done.stopped, "guess", "guesses")} stopped${spent}`);
    }
    if (done.broken) parts.push(`${plural(done.broken, "call")} broken by the engine`);
    if (done.unreadable) parts.push(`${plural(done.unreadable, "answer")} could not be read`);
    return parts.join(" · ");
}

/** @param {ReturnType<typeof progress>} done */
function tokens({ counted, uncounted, read, reused, written }) {
    if (uncounted === counted) return "tokens unknown";
    const least = uncounted ? "at least " : "";
    const again = reused ? ` (${count(reused)} cached)` : "";
    return `${least}${plural(read, "token")} read${again}, ${count(written)} written`;
}
