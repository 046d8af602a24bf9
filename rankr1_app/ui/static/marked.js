// Documents that a reader marks because they fit, and the search for more like them.

import { button, h, mark, say } from "./dom.js";
import { plural } from "./words.js";

const MOST = 20;

export class Marked {
    /** @type {Set<string>} */
    ids = new Set();
    /** @type {Map<string, HTMLElement>} */
    #buttons = new Map();

    /** @param {(ids: string[]) => void} find */
    constructor(find) {
        this.text = h("span");
        const more = button("plain", "Find more like these", () => find([...this.ids]));
        const leave = button("plain", "Cancel", () => this.reset());
        this.node = h("p", { class: "picked", role: "status", hidden: true }, this.text, " ", more, " ", leave);
    }

    reset() {
        this.ids.clear();
        this.draw();
    }

    // Forget the buttons of cards that are gone.
    leave() {
        this.#buttons.clear();
        this.reset();
    }

    /**
     * The button on the card of a document.
     * @param {string} id
     */
    button(id) {
        const made = button("link", "More like this", () => this.toggle(id), { "aria-pressed": "false" });
        this.#buttons.set(id, made);
        return made;
    }

    /** @param {string} id */
    toggle(id) {
        if (!this.ids.delete(id) && this.ids.size < MOST) this.ids.add(id);
        this.draw();
    }

    draw() {
        for (const [id, made] of this.#buttons) {
            const marked = this.ids.has(id);
            mark(made, "aria-pressed", String(marked));
            say(made, marked ? "Marked: more like this" : "More like this");
        }
        this.node.hidden = !this.ids.size;
        say(this.text, this.ids.size ? `${plural(this.ids.size, "document")} marked.` : "");
    }
}
