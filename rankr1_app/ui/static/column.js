// One of several rankings side by side: an ordinary search with a Stop and faults of its own, its documents in short.

import { button, h, present, say, sync, unique } from "./dom.js";
import { measures, square, visible } from "./judged.js";
import { underlined } from "./labels.js";
import { Search, words } from "./search.js";
import { kept } from "./source.js";
import { ended, order, running } from "./state.js";
import { headline } from "./strip.js";
import { capital, count, doubt, ordinal, plural, ranker, remarks, staged } from "./words.js";
import { reason } from "./why.js";

/** @import { Candidate, Raw, Settings, State } from "./types.d.ts" */
/** @typedef {Settings & { query: string, candidates?: string }} Asked */
/** @typedef {{ place: HTMLElement, meta: HTMLElement, why: HTMLElement, node: HTMLElement, article: HTMLElement, seen: string }} Mini */

const FIRST = 10;
const PATH = "api/comparisons";
const HIDDEN = "This ranking was not finished; why is shown after the vote.";

/**
 * What a column needs of the comparison it stands in.
 * @typedef {{
 *     changed: () => void,
 *     columns: () => Column[],
 *     hidden: () => boolean,
 *     href: (run: string, document?: string) => string,
 *     engine: () => string,
 * }} Around
 */

export class Column {
    /** @type {Map<string, Mini>} */
    minis = new Map();

    /**
     * @param {string} letter
     * @param {Around} around
     */
    constructor(letter, around) {
        this.letter = letter;
        this.around = around;
        this.search = new Search(() => around.changed());
        const id = unique("column");
        this.name = h("h3", { id });
        this.status = h("p", { class: "quiet", role: "status" });
        this.wrong = h("p", { class: "bad", role: "alert", hidden: true });
        this.stop = button("plain", "Stop", () => this.end());
        this.whole = h("a", { hidden: true }, "Open this search");
        this.among = h("p", { class: "quiet", hidden: true });
        this.note = h("p", { class: "quiet", dir: "auto", hidden: true });
        this.measures = h("dl", { class: "measures" });
        this.list = h("ol", {});
        const doing = h("p", { class: "doing" }, this.stop, this.whole);
        const head = h("header", {}, this.name, this.status, this.among, this.note, this.measures, this.wrong, doing);
        this.node = h("section", { class: "ranking", "aria-labelledby": id }, head, this.list);
    }

    get state() {
        return this.search.state;
    }

    get running() {
        return running(this.state);
    }

    // Whose ranking it is, as far as the reader may know.
    get title() {
        if (this.around.hidden()) return `Ranking ${this.letter}`;
        const { settings, documents } = this.state;
        const depth = this.less ? `, depth ${count(documents.size)}` : "";
        return settings.reranker ? ranker(settings) + this.over + depth : `Ranking ${this.letter}`;
    }

    // The first stage below a reranker, where not all rerankers have the same.
    get over() {
        const reranked = this.around.columns().map(({ state }) => state.settings);
        const stages = reranked.filter(({ reranker }) => reranker && reranker !== "none").map((each) => each.retriever);
        const { reranker, retriever } = this.state.settings;
        const differ = new Set(stages).size > 1 && reranker !== "none";
        return differ && retriever ? `, over ${staged(String(retriever))}` : "";
    }

    // The most candidates that a column has, where they have not all the same.
    get less() {
        const sizes = this.around.columns().map(({ state }) => state.documents.size);
        const most = Math.max(...sizes);
        return sizes.every((size) => size === most || !size) ? 0 : most;
    }

    // Whether it ranks what another search found, or the first of it.
    get within() {
        const all = this.around.columns().map(({ state }) => [...state.documents.keys()]);
        const most = all.reduce((one, other) => (other.length > one.length ? other : one));
        return (
            Boolean(this.state.settings.candidates) || [...this.state.documents.keys()].every((id, n) => id === most[n])
        );
    }

    // Which documents it ranks, where not all rank the same.
    get candidates() {
        const { less } = this;
        const { size } = this.state.documents;
        const columns = this.around.columns().filter(({ state }) => state.documents.size);
        if (columns.every(({ within }) => within)) {
            if (!less) return "";
            return size === less
                ? `All ${count(less)} candidates`
                : `The first ${count(size)} of ${count(less)} candidates`;
        }
        const common = [...this.state.documents.keys()].filter((id) =>
            columns.every(({ state }) => state.documents.has(id)),
        );
        const others = columns.length > 2 ? "all rankings" : "both rankings";
        return `${plural(size, "candidate")}, ${count(common.length)} of them in ${others}`;
    }

    // Every document, best first.
    get order() {
        return order(this.state);
    }

    // The documents that are shown: as many ranks as were asked for.
    get shown() {
        return this.order.slice(0, Number(this.state.settings.k) || FIRST);
    }

    // The documents that the ranker itself put in their places.
    get ranked() {
        const { state } = this;
        const named = state.settings.reranker && state.settings.reranker !== "none";
        return named ? this.shown.filter((id) => state.settled.has(id)) : this.shown;
    }

    /**
     * Whether a reranker that has ended has left a document where the first stage put it.
     * @param {string} id
     */
    leaves(id) {
        const { state } = this;
        const named = state.settings.reranker && state.settings.reranker !== "none";
        return Boolean(named) && ended(state) && !state.settled.has(id);
    }

    /** @param {string} id */
    place(id) {
        return this.order.indexOf(id) + 1;
    }

    /**
     * @param {Asked} asked
     * @param {boolean} blind
     */
    run(asked, blind) {
        return this.search.run({ ...asked, blind }, [], `${PATH}/search`);
    }

    /**
     * @param {string} run
     * @param {boolean} blind
     */
    async open(run, blind) {
        try {
            const lines = await this.search.recording(run, blind ? `${PATH}/recordings` : "api/recordings");
            if (lines) this.replay(lines);
        } catch (error) {
            this.replay([
                { type: "run", id: run },
                { type: "problem", message: `This search cannot be opened: ${words(error)}.` },
            ]);
        }
    }

    /** @param {Raw[]} lines */
    replay(lines) {
        this.search.begin();
        this.search.more(lines);
    }

    end() {
        this.search.stop().catch((error) => this.search.more([{ type: "problem", message: words(error) }]));
    }

    leave() {
        this.search.leave();
    }

    update() {
        const { state } = this;
        const hidden = this.around.hidden();
        say(this.name, hidden || !state.settings.reranker ? this.title : `${this.letter}: ${this.title}`);
        say(this.status, hidden ? this.progress() : headline(state, this.around.engine()));
        const { size } = state.documents;
        say(this.among, hidden || !size ? "" : this.candidates);
        this.among.hidden = !this.among.textContent;
        say(this.note, hidden ? "" : [doubt(state), ...remarks(state)].join(" "));
        this.note.hidden = !this.note.textContent;
        say(this.wrong, state.phase !== "failed" ? "" : hidden ? HIDDEN : capital(state.message));
        this.wrong.hidden = !this.wrong.textContent;
        this.stop.hidden = !this.running;
        this.whole.hidden = hidden || !state.run || !state.documents.size;
        if (!this.whole.hidden) this.whole.href = this.around.href(state.run);
        this.measure();
        // Who is ready first would tell something: blind rankings are shown together.
        const ready = !hidden || this.around.columns().every((column) => ended(column.state));
        const ids = ready ? this.shown : [];
        const minis = ids.map((id) => this.mini(id));
        minis.forEach((mini, n) => this.fill(mini, ids[n], n + 1));
        sync(
            this.list,
            minis.map(({ node }) => node),
        );
    }

    progress() {
        const { state } = this;
        if (state.phase === "failed") return "Not finished";
        return ended(state) ? "Ready" : state.phase === "waiting" ? "Waiting for other searches to end" : "Ranking";
    }

    measure() {
        const { state } = this;
        const shown = !this.around.hidden() && visible() && ended(state) ? measures(state.judged, this.order) : [];
        const parts = shown.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)));
        this.measures.hidden = !parts.length;
        this.measures.replaceChildren(...parts);
    }

    /** @param {string} id */
    mini(id) {
        const found = this.minis.get(id) ?? this.made(/** @type {Candidate} */ (this.state.documents.get(id)));
        this.minis.set(id, found);
        return found;
    }

    /**
     * @param {Candidate} candidate
     * @returns {Mini}
     */
    made(candidate) {
        const title = unique("mini");
        const place = h("p", { class: "rank" });
        const meta = h("p", { class: "meta" });
        const why = h("div", { class: "why" });
        const head = h("h4", { id: title, dir: "auto" }, candidate.title || candidate.id);
        const about = { class: "mini", tabindex: "-1", "data-id": candidate.id, "aria-labelledby": title };
        const article = h("article", about, place, h("div", { class: "body" }, head, meta, why));
        return { place, meta, why, article, node: h("li", {}, article), seen: "" };
    }

    /**
     * @param {Mini} mini
     * @param {string} id
     * @param {number} place
     */
    fill(mini, id, place) {
        const { state } = this;
        const hidden = this.around.hidden();
        const others = this.around.columns().filter((column) => column !== this);
        const places = others.map((column) => (column.state.documents.has(id) ? column.place(id) : 0));
        const seen = [place, hidden, visible(), state.changes, ...places, ...others.map(({ title }) => title)].join(
            "/",
        );
        if (seen === mini.seen) return;
        mini.seen = seen;
        say(mini.place, count(place));
        mini.article.classList.toggle("settled", this.ranked.includes(id));
        const grade = !hidden && state.judged && visible() ? square(state.judged, id) : null;
        const elsewhere = others.map((column, n) => this.elsewhere(column, id, places[n], place));
        mini.meta.replaceChildren(...present([grade, ...elsewhere]));
        const how = h("a", { class: "link", href: this.around.href(state.run, id) }, "How it got here");
        mini.why.replaceChildren(...(hidden ? [passage(state, id)] : [...reason(state, id), ...(kept ? [] : [how])]));
    }

    /**
     * Where a document stands in another column, as a way to it.
     * @param {Column} column
     * @param {string} id
     * @param {number} there
     * @param {number} here
     */
    elsewhere(column, id, there, here) {
        if (!there) return null;
        const text = `${column.letter} ${ordinal(there)}${column.leaves(id) ? ", not ranked" : ""}`;
        const way = there < here ? "higher in" : there > here ? "lower in" : "the same in";
        const about = { title: `${ordinal(there)}, ${way} ${column.title}` };
        if (!column.shown.includes(id)) return h("span", about, text);
        return button("link", text, () => column.go(id), about);
    }

    /** @param {string} id */
    go(id) {
        const article = this.minis.get(id)?.article;
        article?.focus({ preventScroll: true });
        article?.scrollIntoView({ block: "nearest", inline: "center", behavior: "smooth" });
    }
}

/**
 * What a document says, for a reader who has nothing else to judge a ranking by.
 * @param {State} state
 * @param {string} id
 */
function passage({ documents, query }, id) {
    const text = documents.get(id)?.text ?? "";
    return h("p", { class: "passage clamped", dir: "auto" }, underlined(text, query));
}
