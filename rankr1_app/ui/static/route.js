// Addresses: every search has one that opens it as it was, and so have the panel beside it and its sort.

let here = location.href;

// What the address asks for. `show` is what the panel shows, `view` how the sort is drawn; what else stands there may be
// settings.
export function addressed() {
    const found = new URLSearchParams(location.search);
    const { run = "", q: query = "", show, of, view = "", compare, blind, ...settings } = Object.fromEntries(found);
    const panel = show ? [show, ...(of === undefined ? [] : found.getAll("of"))] : [];
    const compared = compare ? compare.split(",") : [];
    return { run, query, show: panel, view, compared, blind: blind === "1", settings };
}

/**
 * The address of a search, with the settings in it that are not as the server has them.
 * @param {{ run: string, query: string, settings?: Record<string, string> }} search
 */
export function address({ run, query, settings = {} }) {
    const found = new URL(location.href);
    const theme = found.searchParams.get("__theme");
    found.search = new URLSearchParams({ ...(theme && { __theme: theme }), q: query, ...settings, run }).toString();
    return found.href;
}

/**
 * The address of several searches side by side; of a blind comparison it says nothing of whose they are.
 * @param {{ runs: string[], query: string, blind: boolean }} comparison
 */
export function comparing({ runs, query, blind }) {
    const found = new URL(location.href);
    const theme = found.searchParams.get("__theme");
    const about = { ...(theme && { __theme: theme }), q: query, compare: runs.join(","), ...(blind && { blind: "1" }) };
    found.search = new URLSearchParams(about).toString();
    return found.href;
}

/**
 * The address of what is shown for somebody else, who has a theme of his own.
 * @param {...string} without what of it is left out
 */
export function link(...without) {
    const found = new URL(location.href);
    for (const name of ["__theme", ...without]) found.searchParams.delete(name);
    return found.href;
}

/** @param {string} href */
export function visit(href) {
    if (href !== location.href) history.pushState(null, "", href);
    here = location.href;
}

/**
 * What the panel shows. To open it is a step, so that Back closes it; to close it or to look at something else is none.
 * @param {string[]} parts what is shown, nothing where the panel was closed
 * @param {boolean} open whether it was open before
 */
export function showing(parts, open) {
    const found = new URL(location.href);
    found.searchParams.delete("show");
    found.searchParams.delete("of");
    parts.forEach((part, n) => found.searchParams.append(n ? "of" : "show", part));
    const step = parts.length > 0 && !open && !history.state?.closed;
    if (step) history.pushState(null, "", found);
    else history.replaceState({ closed: !parts.length }, "", found);
    here = location.href;
}

/**
 * How the sort is drawn, nothing where it is not.
 * @param {string} view
 */
export function viewing(view) {
    const found = new URL(location.href);
    if (view) found.searchParams.set("view", view);
    else found.searchParams.delete("view");
    history.replaceState(history.state, "", found);
    here = location.href;
}

/**
 * Whether the browser came to another address. A panel that was closed has left a step behind it that leads nowhere:
 * that one is passed over.
 */
export function moved() {
    if (location.href === here) history.back();
    const other = location.href !== here;
    here = location.href;
    return other;
}
