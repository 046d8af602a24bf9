// The reasoning of every comparison as it is written: open while it streams, folded when done.

import { h, say } from "./dom.js";
import { STATUS, labelled } from "./words.js";

const KEY = "rank-r1-thoughts";

export class Thoughts {
    constructor(actions) {
        this.actions = actions;
        this.panels = new Map();
        this.choice = h("select", { "aria-label": "Reasoning panels", onchange: () => this.choose() },
            ...[["auto", "open while thinking"], ["open", "always open"], ["closed", "always closed"]].map(([value, text]) => h("option", { value }, text)));
        this.choice.value = remembered();
        this.list = h("div", { class: "panels" });
        this.node = h("section", { class: "thoughts", hidden: true, "aria-label": "The model's reasoning" },
            h("header", {}, h("h2", {}, "Reasoning"), this.choice), this.list);
    }

    choose() {
        try {
            localStorage.setItem(KEY, this.choice.value);
        } catch { /* private windows keep nothing */ }
        for (const panel of this.panels.values()) if (!panel.touched) this.fold(panel);
    }

    clear() {
        this.panels.clear();
        this.list.replaceChildren();
        this.node.hidden = true;
    }

    update(state) {
        this.node.hidden = state.calls.size === 0;
        for (const call of state.calls.values()) {
            const panel = this.panels.get(call.id) || this.make(call);
            this.write(panel, call, state);
        }
    }

    make(call) {
        const title = h("span", { class: "title" }, `Comparison ${call.id}: ${call.purpose}`);
        const note = h("span", { class: "note" });
        const text = h("div", { class: "text", tabindex: "0", role: "group", "aria-label": `Reasoning of comparison ${call.id}`, dir: "auto" });
        const open = h("button", { class: "link", type: "button", onclick: () => this.actions.call(call.id) }, "Open the comparison");
        const node = h("details", { class: "panel" }, h("summary", {}, title, note), text, open);
        const panel = { node, note, text, status: "", length: 0, touched: false, last: document.createTextNode("") };
        node.querySelector("summary").addEventListener("click", () => { panel.touched = true; });
        text.append(panel.last);
        this.panels.set(call.id, panel);
        this.list.prepend(node);
        return panel;
    }

    write(panel, call, state) {
        if (call.text.length !== panel.length) {
            const low = panel.text.scrollHeight - panel.text.scrollTop - panel.text.clientHeight < 24;
            panel.last.data = visible(call.text);
            panel.length = call.text.length;
            if (low) panel.text.scrollTop = panel.text.scrollHeight;
        }
        if (panel.status !== call.status) {
            panel.status = call.status;
            panel.node.dataset.status = call.status;
            if (!panel.touched) this.fold(panel);
            if (call.status !== "running") {
                panel.text.replaceChildren(...labelled(visible(call.text), call, state, this.actions.go));
            }
        }
        say(panel.note, noted(call));
    }

    fold(panel) {
        panel.node.open = { open: true, closed: false, auto: panel.status === "running" }[this.choice.value];
    }
}

// The words without the tags around them, also while a tag is still being written.
export function visible(text) {
    return text
        .replace(/<answer>[\s\S]*$/i, "")
        .replace(/<\/?think>/gi, "")
        .replace(/<\/?[a-z]{0,6}$/i, "")
        .trim();
}

function noted(call) {
    if (call.status === "running") return "thinking";
    if (call.seconds == null) return STATUS[call.status];
    const time = `thought for ${call.seconds.toFixed(1)} s, ${call.usage?.completion_tokens ?? 0} tokens`;
    return call.status === "ok" ? time : `${time}; ${STATUS[call.status]}`;
}

function remembered() {
    try {
        return localStorage.getItem(KEY) || "auto";
    } catch {
        return "auto";
    }
}
