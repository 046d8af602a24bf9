// Single keys: `/` goes to the query, `j` and `k` from card to card, `?` lists them, Escape closes what is open.

import { h, remember, remembered } from "./dom.js";

/** @import { State } from "./types.d.ts" */

/** @type {[keys: string[], what: string][]} */
const KEYS = [
    [["/"], "Go to the query"],
    [["j", "k"], "Next and previous result"],
    [["?"], "Show this list"],
    [["Enter"], "On a result: show the whole passage"],
    [
        ["←", "→", "↑", "↓"],
        "Among comparisons, reasoning and ranks: the next one; Home and End: the first and the last",
    ],
    [["Esc"], "Close the panel, leave Compare, show all results again"],
];

function single() {
    return remembered("keys", "on") === "on";
}

/**
 * Listen until `signal`. `inside` says what has the focus in the page.
 * @param {{
 *     inside: () => Element | null,
 *     field: () => void,
 *     step: (by: number) => void,
 *     escape: () => void,
 *     list: () => void,
 * }} page
 * @param {AbortSignal} signal
 */
export function listen(page, signal) {
    const pressed = (/** @type {KeyboardEvent} */ event) => {
        if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "Escape") return page.escape();
        if (!single() || page.inside()?.matches("input, select, textarea")) return;
        const act = { "/": page.field, j: () => page.step(1), k: () => page.step(-1), "?": page.list }[event.key];
        if (!act) return;
        event.preventDefault();
        act();
    };
    document.addEventListener("keydown", pressed, { signal });
}

// The list of keys, and a switch for those that are single letters or signs: others may need them.
export class KeysView {
    title = "Keys";
    address = ["keys"];
    shared = false;

    /** @param {State} state */
    constructor(state) {
        this.state = state;
    }

    nodes() {
        const onchange = (/** @type {any} */ { target }) => remember("keys", target.checked ? "on" : "off");
        const rows = KEYS.flatMap(([keys, what]) => [
            h(
                "dt",
                {},
                keys.flatMap((key, n) => [n ? " " : "", h("kbd", {}, key)]),
            ),
            h("dd", {}, what),
        ]);
        const choice = h("input", { type: "checkbox", checked: single(), onchange });
        return [h("dl", {}, rows), h("label", { class: "switch" }, choice, " Single keys ( / j k ? ) are on")];
    }
}
