// The list: ranks that the model settles, and the tail below them, drawn when it is opened.

import { Card } from "./card.js";
import { behaviour, focused, h, say } from "./dom.js";
import { Stack } from "./stack.js";
import { ended, order, wanted } from "./state.js";
import { doubt, plural } from "./words.js";

/** @import { Actions } from "./types.d.ts" */

const FIRST = 10;

export class Results {
    /** @type {Map<string, Card>} */
    cards = new Map();
    /** @type {string[]} */
    shown = [];
    /** Whether what is shown is only what a label fits. */
    filtered = false;

    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        this.top = new Stack();
        this.low = new Stack();
        this.summary = h("summary");
        const ontoggle = () => this.update();
        this.tail = h("details", { class: "tail", hidden: true, ontoggle }, this.summary, this.low.node);
        this.head = h("h2", { class: "spoken", tabindex: "-1" }, "Results");
        // It comes with the list, and stays: nothing moves for it.
        this.doubt = h("p", { class: "doubt", hidden: true });
        const parts = [this.head, this.doubt, this.top.node, this.tail];
        this.node = h("section", { class: "results", "aria-label": "Results" }, parts);
        this.top.node.addEventListener("pointerover", () => this.top.still && this.update());
        this.top.node.addEventListener("pointerleave", () => this.top.still && this.update());
    }

    reset() {
        this.shown = [];
        this.filtered = false;
        this.doubt.hidden = true;
        this.cards.clear();
        this.top.reset();
        this.low.reset();
        this.tail.open = false;
        this.tail.hidden = true;
    }

    update() {
        const { state } = this.view;
        const ids = order(state);
        say(this.doubt, doubt(state));
        this.doubt.hidden = !this.doubt.textContent;
        if (this.view.facets.filters) return this.filter(ids);
        const cut = wanted(state) || (state.settings.reranker === "none" && Number(state.settings.k)) || FIRST;
        const places = new Map(ids.map((id, place) => [id, place + 1]));
        const first = ids.slice(0, cut);
        // Where the reader takes a label away, the cards move because of it, also under the pointer.
        const above = this.filtered ? first : this.still(first);
        this.filtered = false;
        this.fill(this.top, above, places);
        const below = ids.filter((id) => !above.includes(id));
        // What the reader opened is not folded away with the rest.
        if (below.some((id) => this.cards.get(id)?.opened)) this.tail.open = true;
        if (this.tail.open) this.fill(this.low, below, places);
        this.shown = this.tail.open ? [...above, ...below] : above;
        this.tail.hidden = below.length === 0;
        const ranked = wanted(state) && ended(state) ? ", not ranked by the model" : "";
        say(this.summary, `${plural(below.length, "more document")} in first-stage order${ranked}`);
    }

    /**
     * Only the documents that a label fits, all of them in one list and at their ranks.
     * @param {string[]} ids
     */
    filter(ids) {
        const places = new Map(ids.map((id, place) => [id, place + 1]));
        this.filtered = true;
        this.top.still = undefined;
        this.shown = this.view.facets.keep(ids);
        this.low.show([]);
        this.fill(this.top, this.shown, places);
        this.tail.hidden = true;
    }

    // One of two documents was chosen to be compared, or none is any more.
    picked() {
        for (const card of this.cards.values()) card.picked();
    }

    judge() {
        for (const card of this.cards.values()) card.judge();
    }

    /**
     * @param {Stack} stack
     * @param {string[]} ids
     * @param {Map<string, number>} places
     */
    fill(stack, ids, places) {
        const cards = ids.map((id) => this.card(id));
        cards.forEach((card, n) => card.update(places.get(ids[n]) ?? 0));
        stack.show(cards.map(({ node }) => node));
    }

    /**
     * The card that the pointer rests on keeps its place until it leaves; the others take theirs around it.
     * @param {string[]} ids
     */
    still(ids) {
        const at = this.shown.slice(0, ids.length).findIndex((id) => this.cards.get(id)?.node.matches(":hover"));
        const id = this.shown[at];
        this.top.still = this.cards.get(id)?.node;
        if (!this.top.still || !ids.length) return ids;
        const others = ids.filter((each) => each !== id);
        return [...others.slice(0, at), id, ...others.slice(at)].slice(0, ids.length);
    }

    /** @param {string} id */
    card(id) {
        let card = this.cards.get(id);
        if (!card) {
            const candidate = this.view.state.documents.get(id);
            if (!candidate) throw new Error(`${id} is not among the candidates`);
            card = new Card(candidate, this.view);
            this.cards.set(id, card);
        }
        return card;
    }

    /**
     * Bring a document to the reader and give it the focus.
     * @param {string} id
     */
    go(id) {
        if (!this.view.state.documents.has(id)) return;
        if (!this.shown.includes(id)) {
            this.view.facets.clear();
            this.tail.open = true;
            this.update();
        }
        const article = this.cards.get(id)?.article;
        article?.focus({ preventScroll: true });
        article?.scrollIntoView({ block: "nearest", behavior: behaviour() });
    }

    // Give the first result the focus.
    reach() {
        if (this.shown.length) this.go(this.shown[0]);
    }

    /**
     * The next or previous card from the one that has the focus.
     * @param {number} by
     */
    step(by) {
        const active = focused(this.node);
        const at = this.shown.findIndex((id) => this.cards.get(id)?.node.contains(active));
        const id = this.shown[at < 0 ? 0 : Math.min(this.shown.length - 1, Math.max(0, at + by))];
        if (id !== undefined) this.go(id);
    }
}
