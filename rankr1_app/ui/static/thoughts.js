// The reasoning of every comparison: open while it is written, folded when it is done, as the reader likes it.

import { h, remember, remembered, say } from "./dom.js";
import { Stream } from "./labels.js";
import { ended, running, thought } from "./state.js";
import { STATUS, known, name, plural, seconds, short } from "./words.js";

const MODES = { open: "always open", auto: "open while it thinks", closed: "always closed" };

export class Thoughts {
    constructor(actions) {
        this.actions = actions;
        this.panels = new Map();
        const mode = remembered("thoughts", "auto");
        this.mode = mode in MODES ? mode : "auto";
        this.choice = h(
            "select",
            { "aria-label": "How the reasoning is shown", onchange: () => this.choose() },
            Object.entries(MODES).map(([value, text]) => h("option", { value, selected: value === this.mode }, text)),
        );
        this.fold = h(
            "button",
            { class: "fold", type: "button", "aria-expanded": "true", onclick: () => this.toggle() },
            h("h2", {}, "Reasoning"),
        );
        this.list = h("ol", {
            class: "panels",
            id: "panels",
            tabindex: "0",
            "aria-label": "Reasoning of each comparison",
        });
        this.node = h(
            "section",
            { class: "thoughts", hidden: true, "aria-label": "The model's reasoning" },
            h("header", {}, this.fold, this.choice),
            this.list,
        );
        this.list.addEventListener(
            "scroll",
            () => {
                this.low = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 32;
            },
            { passive: true },
        );
    }

    choose() {
        this.mode = this.choice.value;
        remember("thoughts", this.mode);
        for (const panel of this.panels.values()) this.settle(panel);
    }

    reset(state) {
        this.state = state;
        this.panels.clear();
        this.list.replaceChildren();
        this.node.hidden = true;
        this.touched = this.done = false;
        this.low = true;
        this.show(true);
    }

    toggle() {
        this.touched = true;
        this.show(this.list.hidden);
    }

    show(open) {
        this.list.hidden = !open;
        this.fold.setAttribute("aria-expanded", String(open));
    }

    update(state) {
        this.node.hidden = state.calls.size === 0;
        for (const call of state.calls.values()) this.write(this.panels.get(call.id) || this.make(call), call);
        if (ended(state) && !this.done) {
            this.done = true;
            // In one column the list comes first again once the thinking is over, unless the reader chose otherwise.
            if (!this.touched && this.mode !== "open" && matchMedia("(max-width: 1099px)").matches) this.show(false);
        }
    }

    // Stays at the end of what is written, if the reader is there. Comes last in a frame: it needs the layout.
    follow(state) {
        if (this.low && running(state)) this.list.scrollTop = 1e9;
    }

    make(call) {
        const note = h("span", { class: "figures" });
        const preview = h("span", { class: "preview", dir: "auto" });
        const text = h("div", { class: "words", dir: "auto" });
        const verdict = h("p", { class: "verdict" });
        const node = h(
            "details",
            { class: "panel" },
            h(
                "summary",
                {
                    onclick: () => {
                        panel.touched = true;
                    },
                },
                h("span", { class: "what" }, `${call.id} · ${call.purpose}`),
                note,
                preview,
            ),
            text,
            verdict,
            h(
                "button",
                { class: "link", type: "button", onclick: () => this.actions.call(call.id) },
                "Open the comparison",
            ),
        );
        const panel = {
            node,
            note,
            preview,
            verdict,
            stream: new Stream(text, call, this.state, this.actions),
            status: "",
            touched: false,
        };
        this.panels.set(call.id, panel);
        this.list.append(h("li", {}, node));
        return panel;
    }

    write(panel, call) {
        if (panel.status !== "" && panel.status !== "running") return;
        if (panel.node.open || call.status !== "running") panel.stream.write();
        if (!panel.node.open || call.status !== "running") say(panel.preview, lastLine(call));
        if (panel.status === call.status) return;
        panel.status = call.status;
        panel.node.dataset.status = call.status;
        say(panel.note, call.status === "running" ? "thinking" : figures(call));
        say(panel.verdict, verdict(call, this.state));
        this.settle(panel);
    }

    // Opens or folds a panel as the switch says; never one that the reader opened or closed by hand.
    settle(panel) {
        if (!panel.touched)
            panel.node.open = this.mode === "open" || (this.mode === "auto" && panel.status === "running");
    }
}

function lastLine(call) {
    const { start, end } = thought(call.text);
    const lines = call.text
        .slice(Math.max(start, end - 400), end)
        .trim()
        .split("\n");
    return short(lines.at(-1).trim(), 160);
}

function figures(call) {
    if (call.seconds == null) return STATUS[call.status];
    if (call.known) return known(call.known);
    if (call.status === "cancelled") return `${STATUS.cancelled}; ${seconds(call.seconds)}`;
    const took = `${seconds(call.seconds)}, ${plural(call.usage?.completion_tokens ?? 0, "token")}`;
    return ["ok", "repaired"].includes(call.status) ? `thought for ${took}` : `${STATUS[call.status]}; ${took}`;
}

function verdict(call, state) {
    if (call.status === "running") return "";
    if (call.answer) return `Chose “${short(name(state.documents.get(call.answer), call.answer), 80)}”.`;
    const why = call.error ? `: ${call.error}` : "";
    return `${STATUS[call.status][0].toUpperCase()}${STATUS[call.status].slice(1)}${why}.`;
}
