// The side panel: one thing looked at closely. It says what, lets step where there is a next, and gives the focus back.
// Beside a wide page it is a region; over a small one it is a dialog, and the page behind it rests.

import { button, focused, h, mark, present, say, unique } from "./dom.js";
import { link } from "./route.js";
import { Share } from "./share.js";
import { kept } from "./source.js";

/** @import { State, View } from "./types.d.ts" */

const SMALL = matchMedia("(max-width: 1099px)");
const STOPS = "a[href], button:not(:disabled), input, select, summary, [tabindex='0']";

export class Panel {
    /** @type {View | null} */
    view = null;
    /** @type {HTMLElement | null} */
    back = null;

    #outside = (/** @type {PointerEvent} */ event) => {
        if (!event.composedPath().includes(this.node)) this.close();
    };

    /**
     * @param {HTMLElement} otherwise gets the focus where what had it before is gone
     * @param {(parts: string[], open: boolean) => void} told called with the address of what is shown, and whether the
     *     panel was open before
     */
    constructor(otherwise, told = () => {}) {
        this.otherwise = otherwise;
        this.told = told;
        const id = unique("panel");
        this.title = h("h2", { id, tabindex: "-1" });
        this.content = h("div", { class: "content" });
        this.share = new Share(
            "link",
            () => link(),
            () => (this.view ? [this.view.state] : []),
        );
        this.before = button("plain", "Previous", () => this.view?.step?.(-1));
        this.after = button("plain", "Next", () => this.view?.step?.(1));
        const close = button("plain", "Close", () => this.close());
        const onkeydown = (/** @type {KeyboardEvent} */ event) => this.key(event);
        this.node = h(
            "section",
            { class: "side", hidden: true, "aria-labelledby": id, onkeydown },
            h("header", {}, this.title, h("div", { class: "tools" }, this.before, this.after, close)),
            this.share.node,
            this.content,
        );
        SMALL.addEventListener("change", () => this.rest());
    }

    get open() {
        return !this.node.hidden;
    }

    /** @param {View} view */
    show(view) {
        const before = this.open;
        if (!before) this.back = focused(this.node);
        this.view = view;
        say(this.title, view.title);
        this.content.replaceChildren(...present(view.nodes()));
        this.node.classList.toggle("wide", view.wide === true);
        this.node.scrollTop = 0;
        this.node.hidden = false;
        this.rest();
        this.neighbours();
        this.share.reset();
        this.share.node.hidden = kept !== null || !view.state.run || view.shared === false;
        (view.field ?? this.title).focus();
        this.told(view.address, before);
    }

    /**
     * The nodes of what is shown, again.
     * @param {View} view
     */
    renew(view) {
        if (this.view === view && this.open) this.content.replaceChildren(...present(view.nodes()));
    }

    // Whether the page behind can be used meanwhile.
    rest() {
        const modal = this.open && SMALL.matches;
        mark(this.node, "role", modal ? "dialog" : "region");
        if (modal) mark(this.node, "aria-modal", "true");
        else this.node.removeAttribute("aria-modal");
        document.removeEventListener("pointerdown", this.#outside);
        if (modal) document.addEventListener("pointerdown", this.#outside);
        for (const each of this.node.parentElement?.children ?? []) {
            if (each instanceof HTMLElement && each !== this.node) each.inert = modal;
        }
    }

    /**
     * In a dialog Tab goes round.
     * @param {KeyboardEvent} event
     */
    key(event) {
        if (event.key !== "Tab" || !SMALL.matches) return;
        const stops = /** @type {HTMLElement[]} */ ([...this.node.querySelectorAll(STOPS)]).filter(
            (each) => each.offsetParent,
        );
        const at = focused(this.node);
        const last = event.shiftKey ? stops[0] : stops.at(-1);
        if (at !== last && !(event.shiftKey && at === this.title)) return;
        event.preventDefault();
        (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
    }

    neighbours() {
        const [before, after] = this.view?.neighbours?.() || [null, null];
        this.before.hidden = before === null;
        this.after.hidden = after === null;
        this.before.disabled = !before;
        this.after.disabled = !after;
    }

    update() {
        if (!this.open) return;
        this.neighbours();
        this.view?.update?.();
    }

    /**
     * Close what is shown of a search that is no longer shown.
     * @param {State} state
     */
    leave(state) {
        if (this.view?.state === state) this.close();
    }

    close() {
        if (!this.open) return;
        const inside = this.node.contains(focused(this.node));
        this.node.hidden = true;
        this.rest();
        this.told([], true);
        if (inside) (this.back?.isConnected ? this.back : this.otherwise).focus();
    }
}
