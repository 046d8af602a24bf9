// Lines between neighbouring columns: each leads from a document to where the next ranking has it.

import { drawn, mark } from "./dom.js";

/** @import { Column } from "./column.js" */

export class Links {
    /** @param {HTMLElement} host the box in which the columns stand */
    constructor(host) {
        this.host = host;
        this.node = drawn("svg", { class: "links", "aria-hidden": "true" });
        this.lit = "";
        const over = (/** @type {Event} */ event) => this.light(event.target);
        for (const kind of ["pointerover", "focusin"]) host.addEventListener(kind, over);
        for (const kind of ["pointerleave", "focusout"]) host.addEventListener(kind, () => this.light(null));
        new ResizeObserver(() => this.draw()).observe(host);
        /** @type {Column[]} */
        this.columns = [];
    }

    /** @param {Column[]} columns */
    update(columns) {
        this.columns = columns;
        this.draw();
    }

    draw() {
        const box = this.host.getBoundingClientRect();
        const [left, top] = [box.left - this.host.scrollLeft, box.top];
        const paths = this.columns.slice(1).flatMap((column, n) => this.between(this.columns[n], column, left, top));
        mark(this.node, "width", String(Math.round(box.width)));
        mark(this.node, "height", String(Math.round(box.height)));
        this.node.replaceChildren(...paths);
    }

    /**
     * @param {Column} from
     * @param {Column} to
     * @param {number} left
     * @param {number} top
     */
    between(from, to, left, top) {
        return from.shown.flatMap((id) => {
            const ends = [from, to].map((column) => column.minis.get(id)?.article);
            const [one, other] = ends.map((node) => (node?.isConnected ? node.getBoundingClientRect() : null));
            if (!one || !other || !to.shown.includes(id)) return [];
            const [x, y] = [one.right - left, one.top + ANCHOR - top];
            const [u, v] = [other.left - left, other.top + ANCHOR - top];
            const middle = (x + u) / 2;
            const moved = to.place(id) - from.place(id);
            const way = moved < 0 ? "up" : moved > 0 ? "down" : "";
            const d = `M${x} ${y} C${middle} ${y} ${middle} ${v} ${u} ${v}`;
            return [drawn("path", { d, class: `${way} ${id === this.lit ? "lit" : ""}`, "data-id": id })];
        });
    }

    /**
     * Show one document wherever it stands.
     * @param {EventTarget | null} target
     */
    light(target) {
        const article = target instanceof Element ? target.closest("article") : null;
        const id = article?.dataset.id ?? "";
        if (id === this.lit) return;
        this.lit = id;
        this.host.classList.toggle("lighted", id !== "");
        for (const node of this.host.querySelectorAll("[data-id]")) {
            node.classList.toggle("lit", node.getAttribute("data-id") === id);
        }
    }
}

/** Where a line meets a card: pixels below its upper edge. */
const ANCHOR = 24;
