// A search that was stopped: what is kept of it, and the way on.

import { button, h, say } from "./dom.js";
import { kept } from "./source.js";
import { plural } from "./words.js";

/** @import { Actions, State } from "./types.d.ts" */

/**
 * What is kept of a search that was stopped.
 * @param {State} state
 */
export function remains({ calls, settled, documents, unrecorded }) {
    if (!documents.size) return "Nothing was found yet.";
    const read = [...calls.values()].filter(({ status }) => status === "ok" || status === "repaired");
    const answers = read.length ? `, ${plural(read.length, "answer")} and ${plural(settled.size, "settled rank")}` : "";
    const where = unrecorded ? "are kept until this page is left" : "are kept at this address";
    return `The list${answers} ${answers ? where : where.replace("are", "is")}; what is not settled is in first-stage order.`;
}

/**
 * What a search made again does with what there is.
 * @param {State} state
 */
export function onward({ calls, settings }) {
    return settings.cache && calls.size
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
