// Where each document stood in the first stage, on the left, and where it stands now, on the right.

import { button, drawn, h } from "./dom.js";
import { rove, settle } from "./rove.js";
import { order } from "./state.js";
import { capital, count, name, stageOf } from "./words.js";

/** @import { Actions } from "./types.d.ts" */

/** Documents whose movement is drawn. */
const MOST = 40;
const STEP = 24;
/** The lines are drawn this wide, and stretched to what room there is. */
const WIDE = 100;

/** @param {Actions} view */
export function movement(view) {
    const { state } = view;
    const ids = order(state).slice(0, MOST);
    const rank = (/** @type {string} */ id) => state.documents.get(id)?.rank ?? 0;
    const title = (/** @type {string} */ id) => name(state.documents.get(id), id);
    const before = [...ids].sort((a, b) => rank(a) - rank(b));
    const lines = new Map(ids.map((id, place) => [id, slope(before.indexOf(id), place, way(rank(id), place + 1))]));
    const high = ids.length * STEP;
    const picture = {
        class: "slopes",
        "aria-hidden": "true",
        preserveAspectRatio: "none",
        viewBox: `0 0 ${WIDE} ${high}`,
    };
    const then = before.map((id) => {
        const text = [h("span", { dir: "auto" }, title(id)), h("span", { class: "number" }, count(rank(id)))];
        return h("li", { "data-document": id }, text);
    });
    const now = ids.map((id, place) => {
        const settled = state.settled.has(id) ? "settled" : "";
        const text = [h("span", { class: "number" }, count(place + 1)), h("span", { dir: "auto" }, title(id))];
        const about = {
            tabindex: "-1",
            "aria-label": `${title(id)}: ${rank(id)} by ${stageOf(state)}, now ${place + 1}`,
        };
        return h(
            "li",
            { "data-document": id },
            button(settled, text, () => view.go(id), about),
        );
    });
    const node = h(
        "div",
        { class: "movement", style: `--rows: ${ids.length}` },
        h("p", { class: "quiet" }, capital(stageOf(state))),
        h("p", { class: "quiet" }, "Now"),
        h("ol", { class: "then", "aria-hidden": "true" }, then),
        drawn("svg", picture, [...lines.values()]),
        h("ol", { class: "now-at", "aria-label": "Where each document stands now" }, now),
    );
    follow(node, lines);
    rove(node, "button");
    settle(node, "button");
    return node;
}

/**
 * @param {number} before
 * @param {number} now
 */
function way(before, now) {
    return before > now ? "up" : before < now ? "down" : "same";
}

/**
 * @param {number} before
 * @param {number} now
 * @param {string} look
 */
function slope(before, now, look) {
    const [from, to] = [(before + 0.5) * STEP, (now + 0.5) * STEP];
    return drawn("path", {
        class: `slope ${look}`,
        d: `M0 ${from}C${WIDE / 3} ${from} ${WIDE / 1.5} ${to} ${WIDE} ${to}`,
    });
}

/**
 * Light the line of the document that is pointed at or has the focus.
 * @param {HTMLElement} node
 * @param {Map<string, SVGElement>} lines
 */
function follow(node, lines) {
    const look = (/** @type {Event} */ { type, target }) => {
        const at = type === "pointerleave" || !(target instanceof Element) ? null : target.closest("[data-document]");
        const id = at?.getAttribute("data-document");
        for (const each of node.querySelectorAll("li"))
            each.classList.toggle("lit", Boolean(id) && each.dataset.document === id);
        for (const [own, line] of lines) line.classList.toggle("lit", own === id);
    };
    for (const type of ["pointerover", "pointerleave", "focusin"]) node.addEventListener(type, look);
}
