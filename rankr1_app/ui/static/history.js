// Searches to open again: one's own, kept in this browser, and those that came with the product.

import { button, h } from "./dom.js";
import { add, forget, recent } from "./recent.js";
import { address } from "./route.js";
import { Showcase } from "./showcase.js";
import { ask } from "./source.js";
import { short } from "./words.js";

/** @import { State } from "./types.d.ts" */

const SHOWN = 8;
/** Recordings that are shown at once. */
const FIRST = 3;

export class History {
    /** @param {(href: string) => void} go */
    constructor(go) {
        this.go = go;
        this.own = h("section", { class: "examples", hidden: true, "aria-label": "Recent searches" });
        this.gallery = h("section", { class: "examples", hidden: true, "aria-label": "Recorded searches" });
        this.stage = h("div", { class: "stage" });
        /** @type {Showcase | null} */
        this.showcase = null;
        this.node = h("div", { class: "history" }, this.gallery, this.own);
        this.draw();
        /** @type {Promise<void>} Until what came with the product stands there. */
        this.ready = this.load();
    }

    /**
     * A search that began has its place among one's own.
     * @param {State} state
     */
    add(state) {
        add(state);
        this.draw();
    }

    draw() {
        const entries = recent();
        this.own.hidden = !entries.length;
        this.own.replaceChildren(
            h("h2", {}, "Recent searches"),
            ...entries.slice(0, SHOWN).map(({ run, query, at }) => this.link(run, query, day(at))),
            button("link quiet", "Clear history", () => this.forget()),
        );
    }

    forget() {
        forget();
        this.draw();
    }

    async load() {
        try {
            /** @type {{ id: string, query: string, caption: string }[]} */
            const recordings = await ask("api/gallery");
            this.gallery.hidden = !recordings.length;
            const links = recordings.map(({ id, query, caption }) => this.link(id, query, caption));
            const more = h("details", {}, h("summary", {}, "More recorded searches"), links.slice(FIRST));
            const rest = links.length > FIRST ? [more] : [];
            this.gallery.replaceChildren(h("h2", {}, "Recorded searches"), ...links.slice(0, FIRST), ...rest);
            if (recordings.length) await this.show(recordings[0]);
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

    /** @param {{ id: string, query: string }} recording */
    async show({ id, query }) {
        if (this.node.hidden) return;
        this.showcase = new Showcase(() => this.go(address({ run: id, query })));
        this.stage.replaceChildren(this.showcase.node);
        await this.showcase.load(id);
    }

    /** @param {boolean} shown */
    update(shown) {
        this.node.hidden = !shown;
        if (!shown) this.showcase?.stop();
    }
}

/** @param {string} at */
function day(at) {
    return new Date(at).toLocaleDateString("en", { day: "numeric", month: "short" });
}
