// The run in small: a tick for every comparison, all in one line, and how far it has come. Its height never changes.

import { button, h, mark, say, sync } from "./dom.js";
import { measured, show, visible } from "./judged.js";
import { figures } from "./figures.js";
import { Remarks } from "./remarks.js";
import { rove, settle } from "./rove.js";
import { ended, order, progress, running, wanted } from "./state.js";
import { STATUS, called, capital, count, name, noun, plural } from "./words.js";

/** @import { Actions, Call, State } from "./types.d.ts" */

/** What can be the stop for Tab: a comparison, before there is one what else is there. */
const STOPS = ".dot, .measure:not([hidden]) button, .ways button:enabled:not([hidden]), .note:not(.none) > summary";

export class Strip {
    /** @type {Map<number, HTMLButtonElement>} */
    dots = new Map();
    /** @type {Map<number, HTMLElement>} */
    rounds = new Map();

    /**
     * @param {Actions} view
     * @param {string} sort the id of what shows the whole sort
     * @param {string} facets the id of what shows labels of the reader's own
     */
    constructor(view, sort, facets) {
        this.view = view;
        this.waiting = h("li", { class: "waiting", "aria-hidden": "true" });
        this.list = h("ol", { class: "dots", "aria-label": "Comparisons, by round" });
        this.headline = h("p", { class: "headline" });
        this.value = h("span", { title: "How well the judged documents stand first: of the first stage → now" });
        this.seen = button("link", "", () => this.judge(), { tabindex: "-1" });
        this.measure = h("p", { class: "measure", hidden: true }, this.value, " ", this.seen);
        this.figures = h("p", { class: "figures" });
        this.remarks = new Remarks();
        const about = { "aria-expanded": "false", "aria-controls": sort, hidden: true, tabindex: "-1" };
        this.whole = button("link", "Show all comparisons", () => view.sort(), about);
        const line = h("div", { class: "line" }, this.headline, this.measure);
        const labels = { ...about, "aria-controls": facets, title: "Filter the results by labels of your own" };
        this.facets = button("link", "Facets", () => view.facets.toggle(), labels);
        const ways = h("div", { class: "ways" }, this.facets, this.whole);
        const parts = [line, this.figures, this.list, ways, this.remarks.node];
        this.node = h("div", { class: "strip", hidden: true, role: "toolbar", "aria-label": "Progress" }, parts);
        rove(this.node, "button:enabled, .note:not(.none) > summary");
    }

    reset() {
        this.dots.clear();
        this.rounds.clear();
        this.list.replaceChildren();
        this.opened(false);
        this.remarks.reset();
        this.node.hidden = true;
    }

    update() {
        const { state, engine } = this.view;
        const nothing = ended(state) && !state.documents.size && state.phase !== "finished";
        this.node.hidden = state.phase === "empty" || nothing;
        say(this.headline, headline(state, engine));
        this.judged();
        for (const call of state.calls.values()) this.dot(call);
        const left = running(state) && state.documents.size ? Math.max(0, state.expected - state.calls.size) : 0;
        mark(this.waiting, "style", `flex-grow: ${left}; max-width: ${24 * left}px`);
        sync(this.list, left ? [...this.rounds.values(), this.waiting] : [...this.rounds.values()]);
        this.whole.hidden = !state.calls.size;
        this.facets.hidden = !this.view.facets.offered;
        this.facets.disabled = !ended(state);
        mark(this.facets, "aria-expanded", String(this.view.facets.open));
        const took = figures(state);
        say(this.figures, took);
        mark(this.figures, "title", took);
        // Where nothing was found, the headline says why.
        this.remarks.update(state);
        settle(this.node, STOPS);
    }

    // The measure of the order as it stands, where documents were judged.
    judged() {
        const { state } = this.view;
        const shown = visible();
        this.measure.hidden = !state.judged;
        if (!state.judged) return;
        say(this.value, shown ? measured(state, order(state)) : "");
        say(this.seen, shown ? "Hide judgements" : "Show judgements");
    }

    judge() {
        show(!visible());
        this.view.judge();
    }

    /** @param {boolean} open */
    opened(open) {
        mark(this.whole, "aria-expanded", String(open));
        say(this.whole, open ? "Hide all comparisons" : "Show all comparisons");
    }

    /** @param {Call} call */
    dot(call) {
        const dot = this.dots.get(call.id) ?? this.place(call);
        if (dot.dataset.status === call.status) return;
        dot.dataset.status = call.status;
        const words = `${capital(called(call))}, ${call.purpose}: ${STATUS[call.status]}`;
        mark(dot, "aria-label", words);
        mark(dot, "title", words);
    }

    /** @param {Call} call */
    place({ id, round }) {
        const dot = button("dot", null, () => this.view.call(id), { tabindex: "-1" });
        const row = this.rounds.get(round) ?? h("li", { class: "round" });
        row.append(dot);
        mark(row, "style", `flex-grow: ${row.childElementCount}; max-width: ${24 * row.childElementCount}px`);
        this.rounds.set(round, row);
        this.dots.set(id, dot);
        return dot;
    }
}

/**
 * @param {State} state
 * @param {string} engine
 */
export function headline(state, engine) {
    const ranks = wanted(state);
    const settled = `${count(state.settled.size)} of ${plural(ranks, "rank")} settled`;
    const what = noun(state.calls.values());
    const started = state.calls.size;
    switch (state.phase) {
        case "empty":
            return "";
        case "waiting":
            return "Waiting for other searches to end";
        case "started":
            return "Searching the index";
        case "listed":
            return engine === "ready"
                ? "Asking the model"
                : "The model is starting. The list is in first-stage order until it is there";
        case "running": {
            const about = count(Math.max(state.expected, started));
            return `${capital(what)} ${count(started)} of about ${about}, ${settled}`;
        }
        case "stopped":
            return `Stopped, ${settled}`;
        case "failed":
            return `Not finished, ${settled}`;
    }
    if (!state.documents.size) return nothing(state);
    if (!ranks) return `${plural(state.documents.size, "document")} in first-stage order, no model was asked`;
    const how = state.settings.sort === "logits" ? " by how likely each label was as the answer" : "";
    const { unreadable } = progress(state);
    if (2 * unreadable > started)
        return `${plural(state.settled.size, "rank")}, for the most part in first-stage order: ${count(unreadable)} of ${plural(started, "answer")} could not be read`;
    return `${plural(state.settled.size, "rank")} settled${how} in ${plural(started, what)}`;
}

/**
 * The ranks that were settled since there were `before`, and their documents.
 * @param {State} state
 * @param {number} before
 */
export function latest({ settled, documents }, before) {
    const added = [...settled].slice(before);
    return added.map(([id, { rank }]) => `Rank ${rank} settled: ${name(documents.get(id), id)}`).join(". ");
}

/**
 * Why nothing was found, as far as the first stage says.
 * @param {State} state
 */
function nothing({ note, stage }) {
    return note || `${stage || "The first stage"} found no document for this query. Try other words`;
}
