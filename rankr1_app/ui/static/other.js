// Another search of the same query, to stand beside this one.

import { h, say, unique } from "./dom.js";
import { recent } from "./recent.js";
import { comparing } from "./route.js";
import { words } from "./search.js";
import { fetched } from "./source.js";
import { capital, when } from "./words.js";

/** @import { State } from "./types.d.ts" */

const SHOWN = 5;
const RUN = /^[0-9a-f]{16}$/;
const WRONG = "This is not the address of a search: one has “run=” and 16 letters and digits in it.";

export class Other {
    /** @param {State} state */
    constructor(state) {
        this.state = state;
        const id = unique("other");
        this.field = h("input", { type: "text", id, autocomplete: "off", spellcheck: "false" });
        this.wrong = h("p", { class: "bad", role: "alert", hidden: true });
        const label = h("label", { for: id }, "Address or id of any other search");
        const submit = h("button", { class: "plain", type: "submit" }, "Compare");
        const onsubmit = (/** @type {SubmitEvent} */ event) => {
            event.preventDefault();
            this.go();
        };
        const form = h("form", { class: "find", onsubmit }, label, this.field, submit);
        const links = earlier(state).map(({ run, at, ranker, size }) => {
            const text = [ranker, size, when(at)].filter(Boolean).join(", ");
            return h("li", {}, h("a", { href: this.href(run) }, text));
        });
        const list = links.length
            ? [h("p", { class: "quiet" }, "Searches of this query in this browser:"), h("ul", {}, links)]
            : [];
        this.node = h("details", {}, h("summary", {}, "Compare with another search"), list, form, this.wrong);
    }

    /** @param {string} run */
    href(run) {
        return comparing({ runs: [this.state.run, run], query: this.state.query, blind: false });
    }

    async go() {
        const run = runOf(this.field.value);
        const why =
            run === this.state.run ? "This is the search that is shown here: give another one." : await missing(run);
        say(this.wrong, why);
        this.wrong.hidden = !why;
        if (!why) location.assign(this.href(run));
        else this.field.focus();
    }
}

/**
 * Why a search cannot be opened, empty where it can.
 * @param {string} run
 */
async function missing(run) {
    if (!run) return WRONG;
    const reading = new AbortController();
    try {
        await fetched(`api/recordings/${run}`, { signal: reading.signal });
        return "";
    } catch (error) {
        return `${capital(words(error))}.`;
    } finally {
        reading.abort();
    }
}

/**
 * The latest searches of the same query.
 * @param {State} state
 */
function earlier({ run, query }) {
    return recent()
        .filter((each) => each.query === query && each.run !== run)
        .slice(0, SHOWN);
}

/**
 * The id of a search in what was typed: its address, or the id itself; empty where there is none.
 * @param {string} text
 */
export function runOf(text) {
    const typed = text.trim();
    if (RUN.test(typed)) return typed;
    try {
        const run = new URL(typed).searchParams.get("run") ?? "";
        return RUN.test(run) ? run : "";
    } catch {
        return "";
    }
}
