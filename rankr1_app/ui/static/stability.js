// The same search with the documents shuffled otherwise: which ranks hold, which move, and what is said differently.

import { button, h, mark, say } from "./dom.js";
import { chip, labelled } from "./labels.js";
import { Search, words } from "./search.js";
import { MOST, keep, numbered, recorded, seed, share } from "./shuffles.js";
import { kept } from "./source.js";
import { order, story } from "./state.js";
import { count, noun, plural } from "./words.js";

/** @import { Actions, State } from "./types.d.ts" */

export class Stability {
    /** @type {Search[]} Shuffles that are being searched. */
    searches = [];
    /** @type {Map<number, State>} Shuffles that were searched to the end, by number. */
    runs = new Map();
    /** Why a shuffle is not kept with the search. */
    unkept = "";
    /** The search whose shuffles these are. */
    #run = "";

    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        const options = [2, 3, 4, MOST].map((n) => h("option", { value: n }, `${n} other shuffles`));
        this.many = h("select", { "aria-label": "How many other shuffles" }, options);
        this.button = button("plain", "Check stability", () => this.toggle());
        this.cost = h("p", { class: "quiet" });
        this.about = h("p", { class: "quiet", role: "status" });
        this.bar = h("progress", { "aria-label": "Comparisons of all shuffles" });
        this.far = h("p", { class: "quiet" });
        this.progress = h("div", { class: "far", hidden: true }, this.bar, this.far);
        this.body = h("div");
        this.node = h(
            "section",
            { class: "stability", hidden: true, "aria-label": "Stability" },
            h("h2", {}, "Does the order hold if the documents are shuffled?"),
            kept ? null : h("p", { class: "doing" }, this.many, " ", this.button),
            kept ? null : this.cost,
            this.progress,
            this.about,
            this.body,
        );
    }

    reset() {
        this.leave();
        this.node.hidden = true;
    }

    leave() {
        for (const search of this.searches) search.leave();
        this.searches = [];
        this.progress.hidden = true;
        say(this.button, "Check stability");
    }

    // What was found of another search.
    forget() {
        this.runs = new Map();
        this.unkept = "";
        this.body.replaceChildren();
        say(this.about, "");
    }

    update() {
        const { state } = this.view;
        const ready = state.phase === "finished" && state.calls.size > 0;
        if (ready && state.run !== this.#run) {
            this.#run = state.run;
            this.forget();
            this.recall();
        }
        this.node.hidden = !ready || (kept !== null && !this.runs.size);
        say(this.cost, `Each shuffle takes about ${plural(state.calls.size, noun(state.calls.values()))}.`);
    }

    // The shuffles that were searched when this search was looked at before.
    async recall() {
        const { state } = this.view;
        const found = await recorded(state.run).catch(() => []);
        if (this.#run !== state.run || this.searches.length) return;
        for (const each of found) {
            const n = numbered(state, each);
            if (n && finished(each)) this.runs.set(n, each);
        }
        if (this.runs.size) this.show();
    }

    show() {
        this.draw();
        say(this.about, this.summary() + this.unkept);
        this.node.hidden = this.view.state.phase !== "finished";
    }

    toggle() {
        if (!this.searches.length) this.check();
        else {
            this.leave();
            const those = this.runs.size ? `What ended is kept: ${this.summary()}` : "No shuffle had ended.";
            say(this.about, `Stopped. ${those}`);
        }
    }

    // Search the shuffles that are not there yet, all at once: the engine takes in what it has room for.
    async check() {
        const wanted = Array.from({ length: Number(this.many.value) }, (_, n) => n + 1);
        const missing = wanted.filter((n) => !this.runs.has(n));
        const searches = missing.map(() => new Search(() => this.advance()));
        this.searches = searches;
        if (!searches.length) return this.show();
        say(this.button, "Stop");
        say(this.about, "");
        const left = () => this.searches !== searches;
        try {
            await Promise.all(
                searches.map(async (search, n) => {
                    const run = await this.search(search, missing[n]);
                    if (left()) return;
                    this.runs.set(missing[n], run);
                    this.draw();
                    await this.keep(run.run);
                }),
            );
            if (!left()) this.show();
        } catch (error) {
            if (!left()) say(this.about, `It ended early: ${words(error)}`);
        }
        if (!left()) this.leave();
    }

    /** @param {string} shuffle */
    async keep(shuffle) {
        try {
            await keep(this.#run, shuffle);
        } catch (error) {
            this.unkept = ` Only this page has it: ${words(error)}.`;
        }
    }

    advance() {
        const { searches } = this;
        const states = searches.map(({ state }) => state);
        const { done, all } = share(states, this.view.state);
        this.progress.hidden = !searches.length;
        mark(this.bar, "max", String(Math.max(1, all)));
        mark(this.bar, "value", String(done));
        const waiting = states.every(({ phase }) => phase === "waiting") ? ", waiting for other searches to end" : "";
        const shuffles = `${count(searches.filter(({ state }) => finished(state)).length)} of ${plural(searches.length, "shuffle")} done`;
        say(this.far, `${shuffles}, comparison ${count(done)} of about ${count(all)}${waiting}`);
    }

    /**
     * @param {Search} search
     * @param {number} n
     */
    async search(search, n) {
        const { state } = this.view;
        const { query, like } = state;
        await search.run({ ...this.view.settings(), query, seed: seed(state, n), order: "shuffled" }, like);
        const found = search.state;
        if (found.phase !== "finished") throw new Error(found.message || "a search did not end");
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
        const runs = ["This run", ...this.found().map(([n]) => `Shuffle ${n}`)];
        const heads = ["Document", "Result"].map((head) => h("th", { scope: "col" }, head));
        const table = h(
            "table",
            {},
            h(
                "thead",
                {},
                h(
                    "tr",
                    {},
                    heads,
                    runs.map((run) => h("th", { scope: "col", class: "number" }, run)),
                ),
            ),
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
            h("td", {}, low === high ? "holds" : `between ${low} and ${high}`),
            ...places.map((place) => h("td", { class: "number" }, String(place))),
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

/** @param {State} state */
function finished({ phase }) {
    return phase === "finished";
}
