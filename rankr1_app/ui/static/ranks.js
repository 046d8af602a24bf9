// The ranks beside the drawn sort, each with its document.

import { button, h } from "./dom.js";
import { rove } from "./rove.js";
import { name } from "./words.js";

/** @import { Actions, Settled } from "./types.d.ts" */

/** How high a rank is. */
export const LINE = 24;

export class Ranks {
    /** @type {Map<string, HTMLElement>} */
    rows = new Map();

    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        this.node = h("div", { class: "ranks", role: "group", "aria-label": "Ranks" });
        rove(this.node, ".settled");
    }

    get height() {
        return this.rows.size * LINE;
    }

    reset() {
        this.rows.clear();
        this.node.replaceChildren();
    }

    /**
     * Show the ranks that were settled since, and say which.
     * @returns {Settled[]}
     */
    update() {
        const { settled } = this.view.state;
        const added = [...settled].filter(([id]) => !this.rows.has(id));
        for (const [id, { rank }] of added) this.add(id, rank);
        return added.map(([, each]) => each);
    }

    /**
     * @param {string} id
     * @param {number} rank
     */
    add(id, rank) {
        const title = name(this.view.state.documents.get(id), id);
        const about = {
            tabindex: this.rows.size ? "-1" : "0",
            "data-document": id,
            style: `top: ${(rank - 1) * LINE}px`,
            "aria-label": `Rank ${rank}, ${title}: go to it`,
        };
        const text = [h("span", { class: "number" }, String(rank)), h("span", { dir: "auto" }, title)];
        const node = button("settled", text, () => this.view.go(id), about);
        this.rows.set(id, node);
        this.node.append(node);
    }

    /**
     * @param {string} id
     * @param {boolean} lit
     */
    mark(id, lit) {
        this.rows.get(id)?.classList.toggle("lit", lit);
    }
}
