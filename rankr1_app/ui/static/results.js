// The list: ranks that the model settles, and the tail below them, drawn when it is opened.

import { Card } from "./card.js";
import { behaviour, glide, h, say } from "./dom.js";
import { ended, order, wanted } from "./state.js";
import { plural } from "./words.js";

const FIRST = 10;

export class Results {
    constructor(actions) {
        this.actions = actions;
        this.cards = new Map();
        this.shown = [];
        this.top = h("ol", { class: "list" });
        this.low = h("ol", { class: "list" });
        this.summary = h("summary");
        this.tail = h(
            "details",
            { class: "tail", hidden: true, ontoggle: () => this.update(this.state) },
            this.summary,
            this.low,
        );
        this.node = h("section", { class: "results", "aria-label": "Results" }, this.top, this.tail);
        this.top.addEventListener("pointerout", () => this.held && this.update(this.state));
    }

    reset(state) {
        Object.assign(this, { state, shown: [], held: false });
        this.cards.clear();
        this.top.replaceChildren();
        this.low.replaceChildren();
        this.tail.open = false;
        this.tail.hidden = true;
    }

    update(state) {
        const ids = order(state);
        const cut = wanted(state) || (state.settings.reranker === "none" ? state.settings.k || FIRST : FIRST);
        const places = new Map(ids.map((id, place) => [id, place + 1]));
        const above = this.still(ids.slice(0, cut));
        glide(
            this.top,
            above.map((id) => this.card(id, places.get(id)).node),
        );
        const below = ids.filter((id) => !above.includes(id));
        // What the reader opened is not folded away with the rest.
        if (below.some((id) => this.cards.get(id)?.opened)) this.tail.open = true;
        if (this.tail.open)
            glide(
                this.low,
                below.map((id) => this.card(id, places.get(id)).node),
            );
        this.shown = this.tail.open ? [...above, ...below] : above;
        this.tail.hidden = below.length === 0;
        say(
            this.summary,
            `${plural(below.length, "more document")} in first-stage order${wanted(state) && ended(state) ? ", not reached" : ""}`,
        );
    }

    // A card that the reader has open is not moved away under the pointer: the order waits until it leaves.
    still(ids) {
        const hovered = this.top.querySelector("li:hover")?.firstChild.dataset.id;
        const before = this.shown.slice(0, ids.length);
        this.held =
            hovered !== undefined &&
            this.cards.get(hovered).opened &&
            before.length === ids.length &&
            before.indexOf(hovered) !== ids.indexOf(hovered);
        return this.held ? before : ids;
    }

    card(id, place) {
        if (!this.cards.has(id)) this.cards.set(id, new Card(this.state.documents.get(id), this.state, this.actions));
        const card = this.cards.get(id);
        card.update(place);
        return card;
    }

    // Bring a document to the reader and give it the focus.
    go(id) {
        if (!this.state.documents.has(id)) return;
        if (!this.shown.includes(id)) {
            this.tail.open = true;
            this.update(this.state);
        }
        const { article } = this.cards.get(id);
        article.focus({ preventScroll: true });
        article.scrollIntoView({ block: "nearest", behavior: behaviour() });
    }

    // The next or previous card from the one that has the focus.
    step(by) {
        const active = this.node.getRootNode().activeElement;
        const at = this.shown.findIndex((id) => this.cards.get(id).node.contains(active));
        const id = this.shown[at < 0 ? 0 : Math.min(this.shown.length - 1, Math.max(0, at + by))];
        if (id !== undefined) this.go(id);
    }
}
