// One search: what it was asked with, its stream, its state and its Stop. Several can run beside each other.

import { GONE, ask, stream } from "./source.js";
import { empty, fold, running } from "./state.js";

/** @import { Raw, State } from "./types.d.ts" */

export class Search {
    /** @type {AbortController | null} */
    #reading = null;
    /** @type {State} */
    state = empty();

    /** @param {() => void} [changed] called whenever `state` is another one or says something else */
    constructor(changed = () => {}) {
        this.changed = changed;
    }

    /**
     * Begin anew with `state`: what was read before is left.
     * @param {State} [state]
     */
    begin(state = empty()) {
        this.leave();
        this.state = state;
        this.changed();
    }

    /**
     * Search, to the end of the stream. What breaks is told by the state.
     * @param {Record<string, string | number | boolean | null> & { query: string }} asked
     * @param {string[]} [like] documents that fit, for more like them
     * @param {string} [path]
     */
    async run(asked, like = [], path = "api/search") {
        this.begin(empty({ phase: "started", query: asked.query, like }));
        const signal = this.#read();
        await this.#follow(stream(path, like.length ? { ...asked, like } : asked, signal), signal);
    }

    /**
     * The lines of a kept search; null where it was left before they were there, and where it still runs: then it is
     * shown as it goes on. Throws what the server says.
     * @param {string} run
     * @param {string} [folder] where it is read
     * @returns {Promise<Raw[] | null>}
     */
    async recording(run, folder = "api/recordings") {
        this.begin(empty({ phase: "started", run }));
        const signal = this.#read();
        /** @type {Raw[]} */
        const lines = [];
        try {
            const found = stream(`${folder}/${encodeURIComponent(run)}`, null, signal);
            for (let next = await found.next(); !next.done; next = await found.next()) {
                lines.push(...next.value);
                if (!lines[0]?.reader) continue;
                this.more(lines);
                this.#follow(found, signal);
                return null;
            }
        } catch (error) {
            if (!signal.aborted) throw error;
        }
        return signal.aborted ? null : lines;
    }

    /**
     * Take in what comes of a search, to the end of its stream. What breaks is told by the state.
     * @param {AsyncGenerator<Raw[]>} found
     * @param {AbortSignal} signal
     */
    async #follow(found, signal) {
        const { state } = this;
        try {
            for await (const lines of found) this.more(lines);
            if (!signal.aborted && running(state)) throw new TypeError();
        } catch (error) {
            if (signal.aborted) return;
            this.more([{ type: "problem", message: error instanceof TypeError ? GONE : words(error) }]);
        }
    }

    /** @param {Raw[]} lines */
    more(lines) {
        for (const line of lines) fold(this.state, line);
        this.changed();
    }

    // Ask the server to end it: the stream then says what was settled.
    async stop() {
        if (this.state.run) await ask(`api/search/${this.state.run}/stop`, {});
    }

    // Read no further. A search that is left for another one is ended; one whose page is gone waits a while for it.
    leave() {
        const { run, reader } = this.state;
        if (this.#reading && reader && running(this.state)) ask(`api/search/${run}/leave`, { reader }).catch(() => {});
        this.#reading?.abort();
        this.#reading = null;
    }

    #read() {
        this.#reading = new AbortController();
        return this.#reading.signal;
    }
}

/** @param {unknown} error */
export function words(error) {
    return error instanceof Error ? error.message : String(error);
}
