// Long words of a model: folded after some lines, with a way to show them all. The text stays whole where it is.

import { button, mark, say } from "./dom.js";

/** @type {WeakMap<Element, () => void>} */
const measures = new WeakMap();
const sizes = new ResizeObserver((entries) => {
    // What is shown is changed after it was measured, not while.
    requestAnimationFrame(() => entries.forEach(({ target }) => measures.get(target)?.()));
});

/**
 * The block, and the button that shows all of it where it is long.
 * @param {HTMLElement} block
 */
export function folding(block) {
    const open = (/** @type {boolean} */ all) => {
        block.classList.toggle("folded", !all);
        mark(more, "aria-expanded", String(all));
        say(more, all ? "Fold the reason" : "Show the whole reason");
    };
    const more = button("link", "Show the whole reason", () => open(block.classList.contains("folded")), {
        "aria-expanded": "false",
        class: "link unfold",
        hidden: true,
    });
    block.classList.add("folded");
    measures.set(block, () => {
        if (block.classList.contains("folded")) more.hidden = block.scrollHeight <= block.clientHeight + 1;
    });
    sizes.observe(block);
    // Who comes with Tab to what is folded away sees it.
    block.addEventListener("focusin", ({ target }) => {
        const below = /** @type {Element} */ (target).getBoundingClientRect().bottom;
        if (!more.hidden && below > block.getBoundingClientRect().bottom) open(true);
    });
    return [block, more];
}
