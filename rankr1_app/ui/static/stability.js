// The same search with the documents shuffled otherwise: which ranks hold, which move, and what is said differently.

import { button, h, say } from "./dom.js";
import { chip, labelled } from "./labels.js";
import { Search, words } from "./search.js";
import { kept } from "./source.js";
import { ended, order, story } from "./state.js";
import { plural } from "./words.js";

/** @import { Actions, State } from "./types.d.ts" */

const SEED = 7919;

export class Stability {
    /** @type {Search[]} */
    searches = [];
    /** @type {Map<number, State>} Shuffles that were searched to the end, by number. */
    runs = new Map();

    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        const options = [2, 3, 4, 5].map((n) => h("option", { value: n }, `${n} other shuffles`));
        this.many = h("select", { "aria-label": "How many other shuffles" }, options);
        this.button = button("plain", "Check stability", () => this.toggle());
        this.about = h("p", { class: "quiet", role: "status" });
        this.body = h("div");
        this.node = h(
            "section",
            { class: "stability", hidden: true, "aria-label": "Stability" },
            h("h2", {}, "Does the order hold if the documents are shuffled?"),
            h("p", { class: "doing" }, this.many, " ", this.button),
            this.about,
            this.body,
        );
    }

    reset() {
        this.leave();
        this.runs = new Map();
        this.body.replaceChildren();
        say(this.about, "");
        this.node.hidden = true;
    }

    leave() {
        for (const search of this.searches) search.leave();
        this.searches = [];
        say(this.button, "Check stability");
    }

    update() {
        const { state } = this.view;
        this.node.hidden = Boolean(kept) || state.phase !== "finished" || !state.calls.size;
    }

    toggle() {
        if (!this.searches.length) this.check();
        else {
            this.leave();
            say(this.about, "Stopped.");
        }
    }

    async check() {
        const many = Number(this.many.value);
        const searches = Array.from({ length: many }, () => new Search());
        this.searches = searches;
        this.runs = new Map();
        say(this.button, "Stop");
        say(this.about, `Running ${plural(many, "shuffled search", "shuffled searches")}.`);
        const left = () => this.searches !== searches;
        try {
            // All at once: the engine takes in what it has room for.
            await Promise.all(
                searches.map(async (search, n) => {
                    const run = await this.search(search, n + 1);
                    if (left()) return;
                    this.runs.set(n + 1, run);
                    this.draw();
                    say(this.about, `${this.runs.size} of ${plural(many, "shuffle")} searched.`);
                }),
            );
            if (!left()) say(this.about, this.summary());
        } catch (error) {
            if (!left()) say(this.about, `It ended early: ${words(error)}`);
        }
        if (!left()) this.leave();
    }

    /**
     * @param {Search} search
     * @param {number} n
     */
    async search(search, n) {
        const { state } = this.view;
        const { query, like } = state;
        const seed = (Number(state.settings.seed || 0) + n * SEED) % 2 ** 31;
        await search.run({ ...this.view.settings(), query, seed, order: "shuffled" }, like);
        const found = search.state;
        if (!ended(found) || found.phase === "failed") throw new Error(found.message || "the search did not end");
        return found;
    }

    // The shuffles searched so far, in order.
    found() {
        return [...this.runs].sort(([one], [other]) => one - other);
    }

    /** @param {string} id */
    places(id) {
        return [this.view.state, ...this.found().map(([, run]) => run)].map((run) => order(run).indexOf(id) + 1);
    }

    summary() {
        const top = [...this.view.state.settled.keys()];
        const holds = top.filter((id) => new Set(this.places(id)).size === 1);
        return `${holds.length} of ${plural(top.length, "rank")} hold in every shuffle.`;
    }

    draw() {
        const heads = ["Document", "This run", ...this.found().map(([n]) => `Shuffle ${n}`), "Result"];
        const table = h(
            "table",
            {},
            h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
            h(
                "tbody",
                {},
                [...this.view.state.settled.keys()].map((id) => this.row(id)),
            ),
        );
        const about = { class: "scroll", tabindex: "0", role: "region", "aria-label": "Ranks by shuffle" };
        this.body.replaceChildren(h("div", about, table));
    }

    /** @param {string} id */
    row(id) {
        const places = this.places(id);
        const low = Math.min(...places);
        const high = Math.max(...places);
        return h(
            "tr",
            { class: low === high ? "holds" : "moves" },
            h("th", { scope: "row" }, chip(id, this.view), this.reasons(id)),
            ...places.map((place) => h("td", { class: "number" }, String(place))),
            h("td", {}, low === high ? "holds" : `between ${low} and ${high}`),
        );
    }

    /**
     * What each run says of a document where it decided its rank.
     * @param {string} id
     */
    reasons(id) {
        /** @type {[number, State][]} */
        const runs = [[0, this.view.state], ...this.found()];
        const items = runs.map(([n, run]) => {
            const { main } = story(run, id);
            const parts = main?.spans.flatMap((span) => [...labelled(main.call, span, this.view, id), " "]);
            const text = parts ? h("span", { class: "words" }, parts) : "nothing said";
            return h("li", {}, h("span", { class: "quiet" }, n ? `Shuffle ${n}: ` : "This run: "), text);
        });
        return h("details", {}, h("summary", {}, "Compare the reasons"), h("ol", {}, items));
    }
}
