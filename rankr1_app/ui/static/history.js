// Searches to open again: one's own, kept in this browser, and those that came with the product.

import { button, h, remember, remembered } from "./dom.js";
import { address } from "./route.js";
import { ask } from "./source.js";
import { short } from "./words.js";

/** @import { State } from "./types.d.ts" */
/** @typedef {{ run: string, query: string, index: string, at: string }} Entry */

const MOST = 50;
const SHOWN = 8;

export class History {
    /** @param {(href: string) => void} go */
    constructor(go) {
        this.go = go;
        this.own = h("section", { class: "examples", hidden: true, "aria-label": "Your searches" });
        this.gallery = h("section", { class: "examples", hidden: true, "aria-label": "Recorded searches" });
        this.node = h("div", { class: "history" }, this.gallery, this.own);
        this.draw();
        this.load();
    }

    /**
     * A search that began has its place among one's own.
     * @param {State} state
     */
    add({ run, query, settings }) {
        const index = String(settings.index);
        const others = this.entries().filter((each) => each.run !== run);
        const entries = [{ run, query, index, at: new Date().toISOString() }, ...others];
        remember("searches", JSON.stringify(entries.slice(0, MOST)));
        this.draw();
    }

    /** @returns {Entry[]} */
    entries() {
        try {
            const found = JSON.parse(remembered("searches", "[]"));
            return Array.isArray(found) ? found.filter((each) => typeof each?.run === "string") : [];
        } catch {
            return [];
        }
    }

    draw() {
        const entries = this.entries();
        this.own.hidden = !entries.length;
        this.own.replaceChildren(
            h("h2", {}, "Your searches"),
            ...entries.slice(0, SHOWN).map(({ run, query, at }) => this.link(run, query, day(at))),
            button("link quiet", "Forget them", () => this.forget()),
        );
    }

    forget() {
        remember("searches", "[]");
        this.draw();
    }

    async load() {
        try {
            /** @type {{ id: string, query: string, reranker: string }[]} */
            const recordings = await ask("api/gallery");
            this.gallery.hidden = !recordings.length;
            const links = recordings.map(({ id, query, reranker }) => this.link(id, query, reranker));
            this.gallery.replaceChildren(h("h2", {}, "Recorded searches"), ...links);
        } catch {
            this.gallery.hidden = true; // what cannot be listed is not offered
        }
    }

    /**
     * @param {string} run
     * @param {string} query
     * @param {string} note
     */
    link(run, query, note) {
        const href = address({ run, query });
        const onclick = (/** @type {MouseEvent} */ event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            this.go(href);
        };
        const about = h("span", { class: "quiet" }, ` ${note}`);
        return h("a", { class: "example", href, dir: "auto", onclick }, short(query, 90), about);
    }

    /** @param {string} phase */
    update(phase) {
        this.node.hidden = phase !== "empty";
    }
}

/** @param {string} at */
function day(at) {
    return new Date(at).toLocaleDateString("en", { day: "numeric", month: "short" });
}
