// A search that was stopped: what is kept of it, and the way on.

import { button, h, say } from "./dom.js";
import { kept } from "./source.js";
import { plural } from "./words.js";

/** @import { Actions, State } from "./types.d.ts" */

/** @param {State} state */
function answers({ calls }) {
    return [...calls.values()].filter(({ status }) => status === "ok" || status === "repaired").length;
}

/**
 * What is kept of a search that was stopped.
 * @param {State} state
 */
export function remains(state) {
    const { settled, documents, unrecorded } = state;
    if (!documents.size) return "Nothing was found yet.";
    const read = answers(state);
    const parts = ["The list"];
    if (read) parts.push(plural(read, "answer"));
    if (settled.size) parts.push(plural(settled.size, "settled rank"));
    const what = parts.length > 1 ? `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)} are` : `${parts[0]} is`;
    const where = unrecorded ? "kept until this page is left" : "kept at this address";
    return `${what} ${where}; what is not settled is in first-stage order.`;
}

/**
 * What a search made again does with what there is.
 * @param {State} state
 */
export function onward(state) {
    return state.settings.cache && answers(state)
        ? ["Continue", "Answers that are kept are not asked for again."]
        : ["Search again", "Everything is asked anew."];
}

export class Stopped {
    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        this.text = h("span");
        this.again = button("plain", "", () => view.resume());
        this.how = h("span", { class: "quiet" });
        this.node = h("p", { class: "stopped", hidden: true }, this.text, kept ? null : this.again, this.how);
    }

    update() {
        const { state } = this.view;
        this.node.hidden = state.phase !== "stopped";
        if (this.node.hidden) return;
        const [again, how] = onward(state);
        say(this.text, remains(state));
        say(this.again, again);
        say(this.how, kept ? "" : how);
    }
}
