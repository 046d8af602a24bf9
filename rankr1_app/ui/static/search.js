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
        const { state } = this;
        const signal = this.#read();
        try {
            for await (const lines of stream(path, like.length ? { ...asked, like } : asked, signal)) this.more(lines);
            if (!signal.aborted && running(state)) throw new TypeError();
        } catch (error) {
            if (signal.aborted) return;
            this.more([{ type: "problem", message: error instanceof TypeError ? GONE : words(error) }]);
        }
    }

    /**
     * The lines of a kept search; null where it was left before they were there. Throws what the server says.
     * @param {string} run
     * @param {string} [folder] where it is read
     * @returns {Promise<Raw[] | null>}
     */
    async recording(run, folder = "api/recordings") {
        this.begin(empty({ phase: "started", run }));
        const signal = this.#read();
        const lines = [];
        try {
            const path = `${folder}/${encodeURIComponent(run)}`;
            for await (const some of stream(path, null, signal)) lines.push(...some);
        } catch (error) {
            if (!signal.aborted) throw error;
        }
        return signal.aborted ? null : lines;
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

    // Read no further. A search whose reader is gone is ended by the server.
    leave() {
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
