// Several searches over the same candidates side by side: what they agree on, what moved, why, and a vote.

import { Column } from "./column.js";
import { button, h, say } from "./dom.js";
import { Links } from "./links.js";
import { Moved, agreement } from "./moved.js";
import { address, comparing, link } from "./route.js";
import { Share } from "./share.js";
import { base, kept } from "./source.js";
import { TRAINED } from "./form.js";
import { visible } from "./judged.js";
import { ended } from "./state.js";
import { Vote } from "./vote.js";

/** @import { Raw, Settings } from "./types.d.ts" */

const LETTERS = ["A", "B", "C", "D"];

/** @typedef {{ visit: (href: string) => void, drawn: () => void, engine: () => string, judge: () => string }} Around */

export class Comparison {
    /** @type {Column[]} */
    columns = [];
    query = "";
    /** Whether it is a blind one. */
    blind = false;
    /** Whether the reader may know whose rankings these are. */
    revealed = false;
    #told = "";
    #moment = "";
    /** Looks whether the first search has found its candidates. */
    #listed = () => {};
    /** @type {number | null} */
    #frame = null;

    /** @param {Around} around */
    constructor(around) {
        this.around = around;
        this.title = h("h2", { tabindex: "-1" });
        this.jump = h("nav", { class: "jump", "aria-label": "Rankings" });
        this.box = h("div", { class: "rankings" });
        this.links = new Links(this.box);
        this.vote = new Vote(() => this.reveal());
        this.agreement = h("div", {});
        this.moved = new Moved(around.judge);
        this.keep = h("p", { class: "downloads quiet" });
        this.share = new Share(
            "plain",
            () => link(),
            () => this.columns.map(({ state }) => state),
        );
        const below = h(
            "section",
            { class: "findings", "aria-label": "Findings" },
            this.agreement,
            this.moved.node,
            this.keep,
        );
        this.below = below;
        this.node = h("section", { class: "comparison", hidden: true, "aria-label": "Comparison" }, [
            this.title,
            this.jump,
            this.box,
            this.vote.node,
            below,
        ]);
    }

    get open() {
        return this.columns.length > 0;
    }

    get running() {
        return this.columns.some((column) => column.running);
    }

    get hidden() {
        return this.blind && !this.revealed;
    }

    get runs() {
        return this.columns.map(({ state }) => state.run);
    }

    /**
     * @param {number} many
     * @param {{ query: string, blind: boolean, revealed: boolean }} how
     */
    begin(many, { query, blind, revealed }) {
        this.leave();
        Object.assign(this, { query, blind, revealed });
        this.#told = this.#moment = "";
        this.vote.reset();
        this.moved.reset();
        this.share.reset();
        const around = {
            changed: () => this.changed(),
            columns: () => this.columns,
            hidden: () => this.hidden,
            href: (/** @type {string} */ run, document = "") => this.href(run, document),
            engine: this.around.engine,
        };
        this.#listed = () => {};
        this.columns = LETTERS.slice(0, many).map((letter) => new Column(letter, around));
        this.box.replaceChildren(...this.columns.map(({ node }) => node), this.links.node);
        this.node.style.setProperty("--columns", String(many));
        const to = (/** @type {Column} */ { node }) => node.scrollIntoView({ block: "nearest", inline: "center" });
        this.jump.replaceChildren(...this.columns.map((column) => button("plain", column.letter, () => to(column))));
        this.draw();
    }

    /**
     * Search by each ranker: the first of the greatest depth finds the candidates, the others begin as soon as it has.
     * @param {Settings & { query: string }} asked
     * @param {Settings[]} rankers what changes of the settings for each
     * @param {boolean} blind
     */
    async run(asked, rankers, blind) {
        this.begin(rankers.length, { query: asked.query, blind, revealed: !blind });
        const { columns } = this;
        const { query } = asked;
        const all = rankers.map((changes) => ({ ...shared(asked, changes), ...changes, query }));
        const places = blind ? shuffled(columns) : columns;
        const at = deepest(all);
        const first = places[at];
        this.node.hidden = false;
        this.title.focus();
        first.run(all[at], blind);
        await new Promise((done) => {
            this.#listed = () => (first.state.documents.size || ended(first.state)) && done(undefined);
        });
        if (this.columns !== columns) return;
        const none = { type: "problem", message: "There are no candidates: the first ranker found none." };
        places.forEach((column, n) => {
            if (column === first) return;
            if (first.state.documents.size) column.run({ ...all[n], candidates: first.state.run }, blind);
            else column.replay([none]);
        });
    }

    /**
     * Searches that were recorded.
     * @param {string[]} runs
     * @param {{ query: string, blind: boolean }} how
     */
    async load(runs, { query, blind }) {
        const known = Vote.known(runs);
        this.begin(runs.length, { query, blind, revealed: !blind || known });
        const { columns } = this;
        await Promise.all([
            ...columns.map((column, n) => column.open(runs[n], this.hidden)),
            this.hidden ? null : this.vote.load(runs),
        ]);
        if (this.columns === columns) this.query = columns.map(({ state }) => state.query).find(Boolean) ?? query;
        this.draw();
    }

    /**
     * Searches that a page carries which opens without a server.
     * @param {{ lines: Raw[] }[]} searches
     * @param {{ choice: string }[]} votes
     */
    replay(searches, votes) {
        this.begin(searches.length, { query: "", blind: false, revealed: true });
        this.vote.votes = votes;
        searches.forEach(({ lines }, n) => this.columns[n].replay(lines));
        this.query = this.columns[0].state.query;
    }

    // The reader has voted: everything is shown.
    async reveal() {
        const { columns } = this;
        this.revealed = true;
        await Promise.all(columns.map((column) => column.open(column.state.run, false)));
        this.draw();
    }

    // Bring the first column to the reader and give its first document the focus.
    reach() {
        const first = this.columns.find(({ shown }) => shown.length);
        first?.go(first.shown[0]);
    }

    stop() {
        for (const column of this.columns) if (column.running) column.end();
    }

    leave() {
        for (const column of this.columns) column.leave();
    }

    clear() {
        if (!this.open) return;
        this.leave();
        this.columns = [];
        this.node.hidden = true;
        this.around.drawn();
    }

    changed() {
        this.#listed();
        this.draw();
    }

    draw() {
        if (this.#frame !== null) return;
        this.#frame = requestAnimationFrame(() => {
            this.#frame = null;
            this.render();
        });
    }

    render() {
        const { columns, hidden } = this;
        if (!this.open) return;
        this.node.hidden = false;
        const what = this.blind && hidden ? "Blind comparison" : "Comparison";
        // Searches that are put side by side by hand may be of different queries.
        const queries = [...new Set(columns.map(({ state }) => state.query).filter(Boolean))];
        const named = queries.length > 1 ? queries : [this.query];
        say(this.title, `${what}: ${named.map((query) => `“${query}”`).join(" and ")}`);
        // What is only said changes nothing that is shown here.
        const moment = [
            hidden,
            this.vote.votes.length,
            visible(),
            this.around.engine(),
            ...columns.map(({ state }) => `${state.changes}${state.phase}`),
        ].join("/");
        if (moment !== this.#moment) {
            this.#moment = moment;
            this.rest();
        }
        this.links.update(columns);
        this.around.drawn();
    }

    rest() {
        const { columns, hidden } = this;
        const rows = Math.max(1, ...columns.map(({ shown }) => shown.length));
        this.box.style.setProperty("--rows", String(rows + 1));
        for (const column of columns) column.update();
        const ready = columns.every(({ state }) => ended(state));
        const ranked = columns.filter(({ state }) => state.documents.size);
        const whole = ready && ranked.length > 0;
        if (this.blind || kept) this.vote.update(columns, hidden, whole);
        this.below.hidden = !whole || hidden || ranked.length < 2;
        if (!this.below.hidden) this.find(ranked);
        this.visit();
    }

    /**
     * What is found out once every ranking is there.
     * @param {Column[]} columns
     */
    find(columns) {
        const { runs } = this;
        this.agreement.replaceChildren(...agreement(columns));
        this.moved.update(columns);
        if (kept || runs.includes("")) return;
        const href = `${base}api/comparisons/${runs.map(encodeURIComponent).join(",")}/download`;
        const file = h("a", { href, download: "" }, "This comparison as one page that opens offline");
        this.keep.replaceChildren(file, this.share.node);
    }

    // The comparison has an address as soon as every search has one.
    visit() {
        const { runs, query, blind } = this;
        if (kept || runs.includes("") || this.#told === runs.join()) return;
        this.#told = runs.join();
        this.around.visit(comparing({ runs, query, blind }));
    }

    /**
     * Where a search, or one of its documents, is shown by itself.
     * @param {string} run
     * @param {string} [document]
     */
    href(run, document = "") {
        if (kept) return `#${encodeURIComponent(run)}`;
        const found = new URL(address({ run, query: this.query }));
        if (document) {
            found.searchParams.append("show", "document");
            found.searchParams.append("of", document);
        }
        return found.href;
    }
}

/**
 * The settings of a search by another ranker: what was chosen for the one of the form is not its.
 * @param {Settings} asked
 * @param {Settings} changes
 * @returns {Settings}
 */
function shared(asked, changes) {
    if (changes.reranker === asked.reranker) return asked;
    return Object.fromEntries(Object.entries(asked).filter(([key]) => !TRAINED.includes(key)));
}

/**
 * Which search is of the greatest depth; the first of several.
 * @param {Settings[]} searches
 */
export function deepest(searches) {
    const depths = searches.map(({ depth }) => Number(depth));
    return depths.indexOf(Math.max(...depths));
}

/**
 * In an order that nobody can know.
 * @template Item
 * @param {Item[]} items
 */
function shuffled(items) {
    const left = [...items];
    return items.map(() => left.splice(Math.floor(Math.random() * left.length), 1)[0]);
}
