// The side panel: one thing looked at closely. It says what, lets step where there is a next, and gives the focus back.

import { button, focused, h, present, say, unique } from "./dom.js";

/** @import { State, View } from "./types.d.ts" */

export class Panel {
    /** @type {View | null} */
    view = null;
    /** @type {HTMLElement | null} */
    back = null;

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
        this.before = button("plain", "Previous", () => this.view?.step?.(-1));
        this.after = button("plain", "Next", () => this.view?.step?.(1));
        const close = button("plain", "Close", () => this.close());
        this.node = h(
            "aside",
            { class: "side", hidden: true, role: "dialog", "aria-labelledby": id },
            h("header", {}, this.title, this.before, this.after, close),
            this.content,
        );
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
        this.neighbours();
        this.title.focus();
        this.told(view.address, before);
    }

    /**
     * The nodes of what is shown, again.
     * @param {View} view
     */
    renew(view) {
        if (this.view === view && this.open) this.content.replaceChildren(...present(view.nodes()));
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
        this.told([], true);
        if (inside) (this.back?.isConnected ? this.back : this.otherwise).focus();
    }
}
