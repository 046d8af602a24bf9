// One stop for Tab among many: arrows go from one to the next inside, Home and End to the ends.

import { focused, mark } from "./dom.js";

/** @type {Record<string, (at: number, last: number) => number>} */
const MOVES = {
    ArrowLeft: (at) => at - 1,
    ArrowRight: (at) => at + 1,
    ArrowUp: (at) => at - 1,
    ArrowDown: (at) => at + 1,
    Home: () => 0,
    End: (_, last) => last,
};

/**
 * Let what `selector` finds in `node` be one stop for Tab. What is added there begins as no stop: `settle` makes one
 * of them the stop.
 * @param {Element} node
 * @param {string} selector
 */
export function rove(node, selector) {
    const key = (/** @type {Event} */ event) => step(node, selector, /** @type {KeyboardEvent} */ (event));
    node.addEventListener("keydown", key);
    node.addEventListener("focusin", ({ target }) => {
        if (target instanceof HTMLElement && target.matches(selector)) stop(node, selector, target);
    });
}

/**
 * @param {Element} node
 * @param {string} selector
 * @param {KeyboardEvent} event
 */
function step(node, selector, event) {
    const move = MOVES[event.key];
    if (!move || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = /** @type {HTMLElement[]} */ ([...node.querySelectorAll(selector)]).filter(seen);
    const at = all.findIndex((each) => each === focused(node));
    if (at < 0) return;
    event.preventDefault();
    all[Math.min(all.length - 1, Math.max(0, move(at, all.length - 1)))].focus();
}

/**
 * Return whether an element can be focused: one without a box, or that only holds its place, cannot.
 * @param {HTMLElement} each
 */
function seen(each) {
    return each.offsetParent !== null && getComputedStyle(each).visibility === "visible";
}

/**
 * @param {Element} node
 * @param {string} selector
 * @param {Element} to
 */
function stop(node, selector, to) {
    for (const each of node.querySelectorAll(`:is(${selector})[tabindex='0']`))
        if (each !== to) mark(each, "tabindex", "-1");
    mark(to, "tabindex", "0");
}

/**
 * See to it that there is a stop, where there is anything to stop at.
 * @param {Element} node
 * @param {string} selector
 */
export function settle(node, selector) {
    if (node.querySelector(`:is(${selector})[tabindex='0']`)) return;
    const first = node.querySelector(selector);
    if (first) mark(first, "tabindex", "0");
}
