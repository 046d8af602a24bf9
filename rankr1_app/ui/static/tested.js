// What the tests of reasons came to, of all comparisons of a search: the cards say it beside the reason.

import { ask, kept } from "./source.js";
import { ended } from "./state.js";
import { brief } from "./trial.js";

/** @import { Call, State, Tried } from "./types.d.ts" */

export class Tested {
    /** Changes with what was tested. */
    sign = 0;
    /** @type {Map<number, Map<Tried["way"], Tried>>} */
    #tried = new Map();
    #run = "";

    /** @param {{ state: State, results: { update(): void } }} view */
    constructor(view) {
        this.view = view;
    }

    // Once a search is over, what was tested of it before.
    async update() {
        const { state } = this.view;
        if (!ended(state) || !state.run || this.#run === state.run) return;
        const { run } = state;
        this.#run = run;
        this.#tried = new Map();
        this.sign += 1;
        if (kept) return this.take(kept.trials ?? []);
        try {
            /** @type {{ trials: Tried[] }} */
            const { trials } = await ask(`api/recordings/${encodeURIComponent(run)}/trials`);
            if (this.#run === run) this.take(trials);
        } catch {
            return; // what cannot be listed can still be asked
        }
    }

    /** @param {Tried[]} trials the latest last */
    take(trials) {
        if (!trials.length) return;
        for (const each of trials) {
            const ways = this.#tried.get(each.call) ?? new Map();
            this.#tried.set(each.call, ways.set(each.way, each));
        }
        this.sign += 1;
        this.view.results.update();
    }

    /**
     * What came of both tests of a comparison's reason, in a few words; nothing before both.
     * @param {Call} call
     */
    of(call) {
        return brief(call, this.#tried.get(call.id) ?? new Map());
    }
}
