// What went wrong, in words, with a way to try again where that may help, and the field that it is about.

import { button, h, say, unique } from "./dom.js";
import { capital } from "./words.js";

export class Notice {
    /** @type {HTMLElement | null} The field that what is said is about. */
    #field = null;

    /** @param {() => void} again */
    constructor(again) {
        this.text = h("span");
        this.again = button("link", "Try again", again, { hidden: true });
        const about = { class: "alert", role: "alert", id: unique("notice"), hidden: true };
        this.node = h("p", about, this.text, " ", this.again);
    }

    /**
     * @param {string} text
     * @param {{ again?: boolean, field?: HTMLElement }} [how]
     */
    show(text, { again = false, field } = {}) {
        this.#leave();
        say(this.text, capital(text));
        this.again.hidden = !again;
        this.node.hidden = !text;
        if (field) this.#mark(field);
    }

    /**
     * Mark the field and go to it. What is said of it ends when it is changed.
     * @param {HTMLElement} field
     */
    #mark(field) {
        this.#field = field;
        field.setAttribute("aria-invalid", "true");
        field.setAttribute("aria-describedby", this.node.id);
        field.addEventListener("input", () => this.#field === field && this.show(""), { once: true });
        field.focus();
    }

    #leave() {
        this.#field?.removeAttribute("aria-invalid");
        this.#field?.removeAttribute("aria-describedby");
        this.#field = null;
    }
}
