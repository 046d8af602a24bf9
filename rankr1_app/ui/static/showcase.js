// One recorded search that plays quietly on the first screen: documents take their places, and the first says why.

import { button, h, say } from "./dom.js";
import { spelled } from "./labels.js";
import { stream } from "./source.js";
import { Stack } from "./stack.js";
import { empty, ended, fold, order, story } from "./state.js";
import { name, plural, short } from "./words.js";

/** @import { Raw } from "./types.d.ts" */

const SHOWN = 5;
/** Seconds that a whole search takes here. */
const LONG = 12;
const STEP = 200;

export class Showcase {
    /** @type {Map<string, { node: HTMLLIElement, rank: HTMLElement }>} */
    rows = new Map();
    #life = new AbortController();
    state = empty();

    /** @param {() => void} open */
    constructor(open) {
        this.stack = new Stack();
        this.query = h("p", { class: "asked", dir: "auto" });
        this.words = h("blockquote", { class: "words", dir: "auto" });
        const label = "Open this recording";
        this.moment = h("p", { class: "quiet" });
        const parts = [this.query, this.moment, this.stack.node, this.words, button("link", label, open)];
        this.node = h("section", { class: "showcase", hidden: true, "aria-label": "A recorded search" }, parts);
    }

    /**
     * Fetch a recording and begin to play it.
     * @param {string} run
     */
    async load(run) {
        const { signal } = this.#life;
        /** @type {Raw[]} */
        const lines = [];
        try {
            const path = `api/recordings/${encodeURIComponent(run)}`;
            for await (const some of stream(path, null, signal)) lines.push(...some);
        } catch {
            return; // what cannot be read is not shown
        }
        if (signal.aborted) return;
        this.node.hidden = false;
        this.play(lines);
    }

    /** @param {Raw[]} lines */
    async play(lines) {
        const { signal } = this.#life;
        if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.take(lines);
        // It begins with the candidates: how long they took to be found is nothing to look at.
        const begins = lines.find(({ type }) => type === "retrieved")?.at ?? 0;
        const took = Math.max(1, ...lines.map(({ at = 0 }) => at - begins));
        let moment = 0;
        for (let next = 0; next < lines.length && !signal.aborted; moment += STEP / 1000) {
            const from = next;
            while (next < lines.length && (((lines[next].at ?? 0) - begins) * LONG) / took <= moment) next++;
            if (next > from) this.take(lines.slice(from, next));
            await new Promise((done) => setTimeout(done, STEP));
        }
    }

    stop() {
        this.#life.abort();
        this.node.hidden = true;
    }

    /** @param {Raw[]} lines */
    take(lines) {
        lines.forEach((line) => fold(this.state, line));
        const { state } = this;
        const ids = order(state).slice(0, SHOWN);
        say(this.query, state.query && `“${state.query}”`);
        const { size } = state.settled;
        const far = size ? `${plural(size, "rank")} settled by the model` : "before ranking, in first-stage order";
        say(this.moment, `A recorded search, ${far}`);
        this.stack.show(ids.map((id, place) => this.row(id, place + 1)));
        const [first] = ids;
        const { main, settled } = first ? story(state, first) : { main: null, settled: null };
        const said = main?.spans.map((span) => spelled(main.call, span, state.documents)).join(" ");
        const text = settled || ended(state) ? (said ?? "") : "";
        say(this.words, short(text, 240));
    }

    /**
     * @param {string} id
     * @param {number} place
     */
    row(id, place) {
        const found = this.rows.get(id) ?? this.made(id);
        found.node.classList.toggle("settled", this.state.settled.has(id));
        say(found.rank, String(place));
        return found.node;
    }

    /** @param {string} id */
    made(id) {
        const rank = h("span", { class: "rank" });
        const node = h("li", {}, rank, h("span", { dir: "auto" }, short(name(this.state.documents.get(id), id), 48)));
        const row = { node, rank };
        this.rows.set(id, row);
        return row;
    }
}
