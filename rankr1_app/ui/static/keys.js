// Single keys: `/` goes to the query, `j` and `k` from card to card, Escape closes what is open.

/**
 * Listen until `signal`. `inside` says what has the focus in the page.
 * @param {{ inside: () => Element | null, field: () => void, step: (by: number) => void, escape: () => void }} page
 * @param {AbortSignal} signal
 */
export function listen(page, signal) {
    const pressed = (/** @type {KeyboardEvent} */ event) => {
        if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "Escape") return page.escape();
        if (page.inside()?.matches("input, select, textarea")) return;
        const act = { "/": page.field, j: () => page.step(1), k: () => page.step(-1) }[event.key];
        if (!act) return;
        event.preventDefault();
        act();
    };
    document.addEventListener("keydown", pressed, { signal });
}
