// Addresses: every search has one that opens it as it was.

// What the address asks for.
export function addressed() {
    const found = new URLSearchParams(location.search);
    return { run: found.get("run") || "", query: found.get("q") || "" };
}

/**
 * The address of a search.
 * @param {Record<string, string>} values
 */
export function address(values) {
    const found = new URL(location.href);
    for (const [key, value] of Object.entries(values)) found.searchParams.set(key, value);
    return found.href;
}

/** @param {string} href */
export function visit(href) {
    if (href !== location.href) history.pushState(null, "", href);
}
