// One search as it is shown. Several can stand side by side: nothing in here is of the page as a whole.

import { CallView } from "./call.js";
import { button, h, say } from "./dom.js";
import { DocumentView, FindView } from "./document.js";
import { Facets, recorded as labelled } from "./facets.js";
import { Keep } from "./keep.js";
import { KeysView } from "./keys.js";
import { Marked } from "./marked.js";
import { Notice } from "./notice.js";
import { PairView } from "./pair.js";
import { Player } from "./player.js";
import { Results } from "./results.js";
import { RewrittenView } from "./rewritten.js";
import { Search, words } from "./search.js";
import { Sort } from "./sort.js";
import { GONE } from "./source.js";
import { Stability } from "./stability.js";
import { empty, fold, order, running } from "./state.js";
import { Stopped } from "./stopped.js";
import { Strip, headline, latest } from "./strip.js";
import { Tested } from "./tested.js";
import { Thoughts } from "./thoughts.js";
import { name, recorded, short } from "./words.js";

/** @import { Panel } from "./panel.js" */
/** @import { Actions, Raw, Settings, State, View } from "./types.d.ts" */

/**
 * What a search needs of the page it stands on: a panel beside it, the settings that are chosen, a way to search again,
 * where faults are said if not above the list, and somebody who is told that it was drawn and how its sort is.
 * @typedef {{
 *     panel: Panel,
 *     settings: () => Settings,
 *     again: () => void,
 *     notice?: Notice,
 *     drawn?: (view: SearchView) => void,
 *     viewed?: (way: string) => void,
 * }} Around
 */

/** Milliseconds between two drawings of a search that runs, at least, and how many times as long as one takes. */
const [PACE, SHARE] = [100, 6];
/** The list is drawn so many times less often than the words that are being written. */
const SLOW = 2.5;
const NARROW = "(max-width: 1099px)";

/** @implements {Actions} */
export class SearchView {
    /** How the engine is, as far as the page knows. */
    engine = "";
    /** @type {string | null} The first of two documents that are to be compared. */
    first = null;
    /** @type {State | null} */
    #shown = null;
    /** @type {number | null} */
    #frame = null;
    #last = 0;
    #pace = PACE;
    #rested = 0;
    #phase = "";
    /** @type {ReturnType<typeof setTimeout> | null} */
    #wait = null;
    #said = "";
    #ranks = 0;
    #drawn = "";

    /** @param {Around} around */
    constructor(around) {
        this.around = around;
        this.search = new Search(() => this.changed());
        this.notice = around.notice ?? new Notice(() => around.again());
        this.sorted = new Sort(this);
        this.facets = new Facets(this);
        this.strip = new Strip(this, this.sorted.id, this.facets.id);
        this.thoughts = new Thoughts(this);
        this.tested = new Tested(this);
        this.results = new Results(this);
        this.marked = new Marked((like) => this.like(like));
        this.rewritten = new RewrittenView(this);
        this.stability = new Stability(this);
        this.stopped = new Stopped(this);
        this.keep = new Keep(this);
        this.player = new Player({ begin: (lines) => this.show(lines), more: (lines) => this.search.more(lines) });
        this.status = h("p", { class: "status spoken", role: "status" });
        this.picked = h("p", { class: "picked", role: "status", hidden: true });
        const below = h("div", { class: "further" }, this.stability.node, this.keep.node);
        // Empty, it has no place yet: it comes with the list, and is not moved there.
        this.columns = h(
            "div",
            { class: "columns", hidden: true },
            h("div", { class: "found" }, this.facets.node, this.results.node),
            this.thoughts.node,
            below,
        );
        this.node = h(
            "div",
            { class: "view" },
            this.status,
            this.player.node,
            this.strip.node,
            this.stopped.node,
            this.rewritten.node,
            this.sorted.node,
            ...(around.notice ? [] : [this.notice.node]),
            this.columns,
            this.picked,
            this.marked.node,
        );
    }

    get state() {
        return this.search.state;
    }

    // Whether a search is under way here, which Stop would end.
    get running() {
        return running(this.state) && !this.player.open;
    }

    /**
     * @param {Settings & { query: string }} asked
     * @param {string[]} [like] documents that fit, for more like them
     */
    async run(asked, like) {
        this.player.close();
        await this.search.run(asked, like);
    }

    /**
     * A kept search as it was. Its events can be played again as they came.
     * @param {string} run
     */
    async open(run) {
        this.player.close();
        try {
            const [lines, facets] = await Promise.all([this.search.recording(run), labelled(run)]);
            if (!lines) return;
            this.facets.recall(run, facets);
            this.replay(lines);
        } catch (error) {
            this.clear();
            this.notice.show(`This search cannot be opened: ${words(error)}. Search again to make it anew.`);
        }
    }

    /**
     * Show a search at its end, with a choice of any moment of it.
     * @param {Raw[]} lines
     */
    replay(lines) {
        this.player.load(lines, recorded(lines.reduce(fold, empty())));
    }

    /** @param {Raw[]} lines */
    show(lines) {
        this.search.begin(empty({ phase: "started" }));
        this.search.more(lines);
    }

    stop() {
        this.search.stop().catch(() => this.running && this.notice.show(GONE));
    }

    // Show nothing, and read no further.
    clear() {
        this.player.close();
        this.search.begin();
    }

    leave() {
        this.player.stop();
        this.search.leave();
        this.stability.leave();
    }

    // Everything shown is of one state: another state, another page.
    changed() {
        if (this.#shown !== this.state) this.reset();
        this.draw();
    }

    reset() {
        if (this.#shown) this.around.panel.leave(this.#shown);
        this.#shown = this.state;
        for (const part of [
            this.strip,
            this.rewritten,
            this.sorted,
            this.thoughts,
            this.results,
            this.stability,
            this.keep,
        ])
            part.reset();
        this.marked.leave();
        this.notice.show("");
        this.#said = this.#drawn = "";
        this.#ranks = 0;
        this.pick(null);
    }

    // Draws at the next frame, however often it is asked for until then. A hidden page has no frames and needs none.
    draw() {
        if (this.#frame !== null) return;
        this.#frame = requestAnimationFrame((now) => {
            this.#frame = null;
            const early = now - this.#last < this.#pace && this.state.phase === this.#phase;
            if (running(this.state) && early) return this.later(now);
            const waits =
                running(this.state) && this.state.phase === this.#phase && now - this.#rested < SLOW * this.#pace;
            this.#last = now;
            this.#phase = this.state.phase;
            this.render(waits ? 0 : now);
            if (waits) this.later(now);
            this.#pace = Math.max(PACE, SHARE * (performance.now() - now));
        });
    }

    /**
     * While a search runs, nobody reads faster than this.
     * @param {number} now
     */
    later(now) {
        if (this.#wait !== null) return;
        const again = () => {
            this.#wait = null;
            this.draw();
        };
        this.#wait = setTimeout(again, this.#pace - (now - this.#last));
    }

    /** @param {number} now the moment, 0 where only what is being written is drawn */
    render(now) {
        const { state } = this;
        this.thoughts.update();
        if (now) this.facets.update();
        if (now) this.strip.update();
        // What is only said changes nothing else.
        const moment = `${state.changes}/${this.engine}/${this.player.open}`;
        if (now && moment !== this.#drawn) {
            this.#drawn = moment;
            this.#rested = now;
            this.rest();
        }
        this.thoughts.follow();
    }

    rest() {
        const { state } = this;
        this.stopped.update();
        this.rewritten.update();
        this.sorted.update();
        if (state.phase === "failed") this.notice.show(state.message, { again: true });
        this.columns.hidden = !state.documents.size;
        this.results.update();
        this.tested.update();
        this.stability.update();
        this.keep.update();
        this.around.panel.update();
        this.announce();
        this.around.drawn?.(this);
    }

    // For a screen reader: which rank was settled, how it begins and ends, not every comparison that starts.
    announce() {
        const { state } = this;
        const moment = `${state.phase}/${state.settled.size}`;
        if (moment === this.#said) return;
        this.#said = moment;
        const { size } = state.settled;
        if (state.phase !== "running") say(this.status, headline(state, this.engine));
        else if (size > this.#ranks) say(this.status, latest(state, this.#ranks));
        this.#ranks = size;
    }

    // What this search was asked with, where it was; else what is chosen.
    settings() {
        const { settings } = this.state;
        const now = Object.entries(this.around.settings());
        return Object.fromEntries(now.map(([key, value]) => [key, settings[key] ?? value]));
    }

    /**
     * The same search for more like some documents, which take the place of those of before.
     * @param {string[]} like
     */
    like(like) {
        this.run({ ...this.settings(), query: this.state.query }, like);
    }

    // The same search again, as it was asked.
    resume() {
        this.like(this.state.like);
    }

    again() {
        this.around.again();
    }

    /** @param {string} id */
    place(id) {
        return order(this.state).indexOf(id) + 1;
    }

    /** @param {string} id */
    go(id) {
        if (matchMedia(NARROW).matches) this.around.panel.close();
        this.results.go(id);
    }

    /** @param {number} id */
    call(id) {
        const call = this.state.calls.get(id);
        if (call) this.around.panel.show(new CallView(call, this));
    }

    /**
     * Try the reason of a call: the model is asked again.
     * @param {number} id
     */
    trial(id) {
        const call = this.state.calls.get(id);
        if (!call) return;
        const view = new CallView(call, this);
        this.around.panel.show(view);
        view.trial.run();
    }

    /** @param {string} id */
    document(id) {
        this.around.panel.show(new DocumentView(id, this));
    }

    find() {
        this.around.panel.show(new FindView(this));
    }

    keys() {
        this.around.panel.show(new KeysView(this.state));
    }

    sort() {
        this.sorted.toggle();
        this.drawn();
    }

    // The sort is shown in another way, or no longer.
    drawn() {
        this.strip.opened(this.sorted.open);
        this.around.viewed?.(this.sorted.open ? this.sorted.way : "");
    }

    /**
     * Show in the panel what an address names.
     * @param {string[]} parts
     */
    look([kind, first, second]) {
        const has = (/** @type {string} */ id) => this.state.documents.has(id);
        if (kind === "call") this.call(Number(first));
        else if (kind === "document" && has(first)) this.document(first);
        else if (kind === "pair" && has(first) && has(second)) this.pair(first, second);
        else if (kind === "find") this.find();
        else if (kind === "keys") this.keys();
        else this.around.panel.close();
    }

    /** @param {View} view */
    renew(view) {
        this.around.panel.renew(view);
    }

    /**
     * The first of two documents is kept in mind, the second one opens the comparison.
     * @param {string} id
     */
    compare(id) {
        const { first } = this;
        this.pick(first ? null : id);
        if (first && first !== id) this.pair(first, id);
    }

    /**
     * Why a document stands below the first one.
     * @param {string} id
     */
    below(id) {
        this.pick(null);
        this.pair(order(this.state)[0], id);
    }

    // Other labels, or documents of another one alone.
    relabel() {
        this.#drawn = "";
        this.draw();
    }

    // Leave what was begun: a comparison, else a filter.
    escape() {
        if (this.first) this.pick(null);
        else this.facets.clear();
    }

    // The reader wants to see judgements, or not to.
    judge() {
        this.#drawn = "";
        this.results.judge();
        this.draw();
    }

    /**
     * @param {string} first
     * @param {string} second
     */
    pair(first, second) {
        this.around.panel.show(new PairView(first, second, this));
    }

    /** @param {string | null} id */
    pick(id) {
        this.first = id;
        this.picked.hidden = id === null;
        this.results.picked();
        if (id === null) return;
        const title = short(name(this.state.documents.get(id), id), 60);
        const leave = button("plain", "Cancel", () => this.pick(null), { title: "Esc" });
        this.picked.replaceChildren(`Comparing “${title}”. Choose the second document. `, leave);
    }
}
