// What is pressed may be gone once it did its work, and the focus with it: whoever uses keys would begin at the top.

import { focused } from "./dom.js";

/** Milliseconds between two looks, and how many there are: a search that is opened takes its time. */
const SOON = 150;
const LOOKS = 20;

/**
 * Give the focus to what the reader goes on with where a control that had it is gone, unless he does something else.
 * @param {HTMLElement} node that holds the controls
 * @param {() => HTMLElement | null} place
 */
export function regain(node, place) {
    let timer = 0;
    for (const kind of ["pointerdown", "keydown"]) node.addEventListener(kind, () => clearTimeout(timer));
    /**
     * @param {Element} control
     * @param {number} left looks
     */
    const look = (control, left) => {
        const active = focused(node);
        if (!node.isConnected || (active && active !== control)) return;
        // It may be there without being shown yet, and then it takes none.
        if (!active && !control.checkVisibility()) place()?.focus({ preventScroll: true });
        if (left && (active || !focused(node))) timer = window.setTimeout(() => look(control, left - 1), SOON);
    };
    node.addEventListener("click", ({ target }) => {
        const control = target instanceof Element ? target.closest("button, a, summary") : null;
        clearTimeout(timer);
        if (control) timer = window.setTimeout(() => look(control, LOOKS), SOON);
    });
}
