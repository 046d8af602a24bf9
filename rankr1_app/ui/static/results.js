// The list: ranks that the model settles, and the tail below them, drawn when it is opened.

import { Card } from "./card.js";
import { behaviour, focused, glide, h, say } from "./dom.js";
import { ended, order, wanted } from "./state.js";
import { plural } from "./words.js";

/** @import { Actions } from "./types.d.ts" */

const FIRST = 10;

export class Results {
    /** @type {Map<string, Card>} */
    cards = new Map();
    /** @type {string[]} */
    shown = [];
    held = false;

    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        this.top = h("ol", { class: "list" });
        this.low = h("ol", { class: "list" });
        this.summary = h("summary");
        const ontoggle = () => this.update();
        this.tail = h("details", { class: "tail", hidden: true, ontoggle }, this.summary, this.low);
        this.node = h("section", { class: "results", "aria-label": "Results" }, this.top, this.tail);
        this.top.addEventListener("pointerout", () => this.held && this.update());
    }

    reset() {
        this.shown = [];
        this.held = false;
        this.cards.clear();
        this.top.replaceChildren();
        this.low.replaceChildren();
        this.tail.open = false;
        this.tail.hidden = true;
    }

    update() {
        const { state } = this.view;
        const ids = order(state);
        const cut = wanted(state) || (state.settings.reranker === "none" && Number(state.settings.k)) || FIRST;
        const places = new Map(ids.map((id, place) => [id, place + 1]));
        const above = this.still(ids.slice(0, cut));
        const nodes = (/** @type {string[]} */ some) => some.map((id) => this.card(id, places.get(id) ?? 0).node);
        glide(this.top, nodes(above));
        const below = ids.filter((id) => !above.includes(id));
        // What the reader opened is not folded away with the rest.
        if (below.some((id) => this.cards.get(id)?.opened)) this.tail.open = true;
        if (this.tail.open) glide(this.low, nodes(below));
        this.shown = this.tail.open ? [...above, ...below] : above;
        this.tail.hidden = below.length === 0;
        const reached = wanted(state) && ended(state) ? ", not reached" : "";
        say(this.summary, `${plural(below.length, "more document")} in first-stage order${reached}`);
    }

    /**
     * A card that the reader has open is not moved away under the pointer: the order waits until it leaves.
     * @param {string[]} ids
     */
    still(ids) {
        const before = this.shown.slice(0, ids.length);
        const hovered = before.find((id) => this.cards.get(id)?.node.matches(":hover"));
        this.held =
            hovered !== undefined &&
            Boolean(this.cards.get(hovered)?.opened) &&
            before.length === ids.length &&
            before.indexOf(hovered) !== ids.indexOf(hovered);
        return this.held ? before : ids;
    }

    /**
     * @param {string} id
     * @param {number} place
     */
    card(id, place) {
        let card = this.cards.get(id);
        if (!card) {
            const candidate = this.view.state.documents.get(id);
            if (!candidate) throw new Error(`${id} is not among the candidates`);
            card = new Card(candidate, this.view);
            this.cards.set(id, card);
        }
        card.update(place);
        return card;
    }

    /**
     * Bring a document to the reader and give it the focus.
     * @param {string} id
     */
    go(id) {
        if (!this.view.state.documents.has(id)) return;
        if (!this.shown.includes(id)) {
            this.tail.open = true;
            this.update();
        }
        const article = this.cards.get(id)?.article;
        article?.focus({ preventScroll: true });
        article?.scrollIntoView({ block: "nearest", behavior: behaviour() });
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
