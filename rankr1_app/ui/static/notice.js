// What went wrong, in words, with a way to try again where that may help.

import { button, h, say } from "./dom.js";

export class Notice {
    /** @param {() => void} again */
    constructor(again) {
        this.text = h("span");
        this.again = button("link", "Try again", again, { hidden: true });
        this.node = h("p", { class: "alert", role: "alert", hidden: true }, this.text, " ", this.again);
    }

    /**
     * @param {string} text
     * @param {{ again?: boolean }} [how]
     */
    show(text, { again = false } = {}) {
        say(this.text, text);
        this.again.hidden = !again;
        this.node.hidden = !text;
    }
}
