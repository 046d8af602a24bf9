// What is to be known of a list, in one line that is there from the start; the whole of it is one click away.

import { h, mark, say } from "./dom.js";
import { head, plural, remarks } from "./words.js";

/** @import { State } from "./types.d.ts" */

/** Remarks that are named as long as they are folded. */
const NAMED = 2;

export class Remarks {
    /** Whether the list is there, so that nothing above it may grow. */
    #listed = false;

    // Where a search has none, the line stays empty: what comes later moves nothing.
    constructor() {
        this.number = h("span", { class: "number-of" });
        this.brief = h("span", { class: "brief", dir: "auto" });
        this.whole = h("div");
        // One of the stops of the strip it stands in.
        this.summary = h("summary", {}, this.number, this.brief);
        this.node = h("details", { class: "note" }, this.summary, this.whole);
        this.reset();
    }

    reset() {
        this.node.open = this.#listed = false;
        this.node.classList.remove("two");
        mark(this.summary, "tabindex", "-1");
        this.show([]);
    }

    /** @param {State} state */
    update(state) {
        const sentences = remarks(state);
        this.show(sentences);
        if (this.#listed || !state.documents.size) return;
        this.#listed = true;
        // What comes with the list may have a second line where that is narrow.
        this.node.classList.toggle("two", sentences.length > 1);
    }

    /** @param {string[]} sentences */
    show(sentences) {
        this.node.classList.toggle("none", !sentences.length);
        this.node.classList.toggle("many", sentences.length > 1);
        say(this.number, sentences.length ? plural(sentences.length, "remark") : "");
        say(this.brief, sentences.length > 1 ? brief(sentences) : (sentences[0] ?? ""));
        if (this.whole.childElementCount === sentences.length && this.whole.textContent === sentences.join("")) return;
        this.whole.replaceChildren(...sentences.map((sentence) => h("p", { dir: "auto" }, sentence)));
    }
}

/**
 * The last of several sentences, which are of what the model read, before those of what was found.
 * @param {string[]} sentences
 */
function brief(sentences) {
    const named = sentences.slice(-NAMED).reverse().map(head).join(" ");
    return sentences.length > NAMED ? `${named} …` : named;
}
