// The address of what is shown, for somebody else: copied, or in a field where the browser lets no page copy.

import { button, h, say } from "./dom.js";
import { own } from "./words.js";

/** @import { State } from "./types.d.ts" */

/** Names under which a computer is reached from itself alone. */
const LOCAL = ["localhost", "127.0.0.1", "[::1]"];
const MANUAL = "The browser did not allow copying: the link is selected, copy it here.";

/**
 * Whether `text` could be copied.
 * @param {string} text
 */
export async function copied(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        return false; // forbidden, or a page without https, which has no clipboard
    }
}

/**
 * What is said of a link that was copied.
 * @param {string} host
 */
export function confirmation(host) {
    return LOCAL.includes(host) ? "Link copied. It opens on this computer only." : "Link copied.";
}

/**
 * What a link gives away, empty where it leads to nobody's own documents.
 * @param {State[]} searches that it opens
 */
export function exposed(searches) {
    return searches.some(({ settings }) => own(settings.index))
        ? "Whoever has this link can read the documents that this search found."
        : "";
}

export class Share {
    /**
     * @param {string} look
     * @param {() => string} address
     * @param {() => State[]} searches that the link opens
     */
    constructor(look, address, searches) {
        this.address = address;
        this.searches = searches;
        this.said = h("span", { class: "quiet", role: "status" });
        this.field = h("input", { class: "address", readonly: true, hidden: true, "aria-label": "Link" });
        this.field.addEventListener("focus", () => this.field.select());
        this.node = h(
            "span",
            { class: "share" },
            button(look, "Copy link", () => this.copy()),
            this.said,
            this.field,
        );
    }

    // Whatever was said is of another address now.
    reset() {
        say(this.said, "");
        this.field.hidden = true;
    }

    async copy() {
        this.reset();
        const href = this.address();
        const done = await copied(href);
        const said = [done ? confirmation(location.hostname) : MANUAL, exposed(this.searches())];
        say(this.said, said.join(" ").trim());
        if (done) return;
        this.field.value = href;
        this.field.hidden = false;
        this.field.focus();
    }
}
