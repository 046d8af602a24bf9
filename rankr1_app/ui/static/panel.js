// The side panel: one thing looked at closely. It says what, lets step where there is a next, and gives the focus back.

import { h, say } from "./dom.js";

export class Panel {
    constructor() {
        this.title = h("h2", { id: "panel-title", tabindex: "-1" });
        this.content = h("div", { class: "content" });
        this.before = h("button", { class: "plain", type: "button", onclick: () => this.view.step(-1) }, "Previous");
        this.after = h("button", { class: "plain", type: "button", onclick: () => this.view.step(1) }, "Next");
        this.node = h(
            "aside",
            { class: "side", hidden: true, role: "dialog", "aria-labelledby": "panel-title" },
            h(
                "header",
                {},
                this.title,
                this.before,
                this.after,
                h("button", { class: "plain", type: "button", onclick: () => this.close() }, "Close"),
            ),
            this.content,
        );
        this.view = null;
    }

    // Opens on `view`: its `title`, its `nodes`, and where it has neighbours `step(by)` and `neighbours()`.
    show(view) {
        if (this.node.hidden) this.back = this.node.getRootNode().activeElement;
        this.view = view;
        say(this.title, view.title);
        this.content.replaceChildren(...view.nodes());
        this.content.scrollTop = 0;
        this.node.hidden = false;
        this.neighbours();
        this.title.focus();
    }

    // The nodes of what is shown, again.
    renew(view) {
        if (this.view === view && !this.node.hidden) this.content.replaceChildren(...view.nodes());
    }

    neighbours() {
        const [before, after] = this.view.neighbours?.() || [null, null];
        this.before.hidden = before === null;
        this.after.hidden = after === null;
        this.before.disabled = !before;
        this.after.disabled = !after;
    }

    update() {
        if (this.node.hidden) return;
        this.neighbours();
        this.view.update?.();
    }

    reset() {
        this.close();
    }

    close() {
        if (this.node.hidden) return;
        const inside = this.node.contains(this.node.getRootNode().activeElement);
        this.node.hidden = true;
        if (inside) (this.back?.isConnected ? this.back : this.otherwise)?.focus();
    }
}
