// The run in small: a dot for every comparison, and how far it has come.

import { h, mark, say, sync } from "./dom.js";
import { ended, progress, running, wanted } from "./state.js";
import { STATUS, count, plural, seconds } from "./words.js";

export class Strip {
    constructor(actions) {
        this.actions = actions;
        this.dots = new Map();
        this.rounds = new Map();
        this.waiting = h("li", { class: "round waiting", "aria-hidden": "true" });
        this.list = h("ol", { class: "dots", "aria-label": "Comparisons, by round" });
        this.headline = h("p", { class: "headline" });
        this.figures = h("p", { class: "figures" });
        this.whole = h(
            "button",
            {
                class: "link",
                type: "button",
                "aria-expanded": "false",
                "aria-controls": "sort",
                hidden: true,
                onclick: () => actions.sort(),
            },
            "Show the whole sort",
        );
        this.node = h(
            "section",
            { class: "strip", hidden: true, "aria-label": "Progress" },
            this.headline,
            this.figures,
            this.list,
            this.whole,
        );
    }

    reset() {
        this.dots.clear();
        this.rounds.clear();
        this.list.replaceChildren();
        this.opened(false);
        this.node.hidden = true;
    }

    update(state, engine) {
        this.node.hidden =
            state.phase === "empty" || (ended(state) && !state.documents.size && state.phase !== "finished");
        say(this.headline, headline(state, engine));
        for (const call of state.calls.values()) this.dot(call);
        const left = running(state) && state.documents.size ? Math.max(0, state.expected - state.calls.size) : 0;
        while (this.waiting.childElementCount > left) this.waiting.lastChild.remove();
        while (this.waiting.childElementCount < Math.min(left, 120)) this.waiting.append(h("span", { class: "dot" }));
        sync(this.list, left ? [...this.rounds.values(), this.waiting] : [...this.rounds.values()]);
        this.list.hidden = !state.calls.size && !left;
        this.whole.hidden = !state.calls.size;
        say(this.figures, figures(state));
    }

    opened(open) {
        mark(this.whole, "aria-expanded", String(open));
        say(this.whole, open ? "Hide the whole sort" : "Show the whole sort");
    }

    dot(call) {
        if (!this.dots.has(call.id)) {
            if (!this.rounds.has(call.round)) this.rounds.set(call.round, h("li", { class: "round" }));
            const made = h("button", { class: "dot", type: "button", onclick: () => this.actions.call(call.id) });
            this.dots.set(call.id, made);
            this.rounds.get(call.round).append(made);
        }
        const dot = this.dots.get(call.id);
        if (dot.dataset.status === call.status) return;
        dot.dataset.status = call.status;
        const words = `Comparison ${call.id}, ${call.purpose}: ${STATUS[call.status]}`;
        mark(dot, "aria-label", words);
        mark(dot, "title", words);
    }
}

export function headline(state, engine) {
    const done = progress(state);
    const ranks = wanted(state);
    const settled = `${count(state.settled.size)} of ${plural(ranks, "rank")} settled`;
    switch (state.phase) {
        case "empty":
            return "";
        case "started":
            return "Searching the index";
        case "listed":
            return engine === "ready"
                ? "Asking the model"
                : "The model is starting. The list is in first-stage order until it is there";
        case "running":
            return `Comparison ${count(done.started)} of about ${count(Math.max(state.expected, done.started))}, ${settled}`;
        case "stopped":
            return `Stopped, ${settled}`;
        case "failed":
            return `Not finished, ${settled}`;
    }
    if (!state.documents.size) return state.note || "Nothing was found, try other words";
    if (!ranks) return `${plural(state.documents.size, "document")} in first-stage order, no model was asked`;
    const how = state.settings.sort === "logits" ? " by how likely each label was as the answer" : "";
    return `${plural(state.settled.size, "rank")} settled${how} in ${plural(done.started, "comparison")}`;
}

function figures(state) {
    const done = progress(state);
    const parts = [];
    if (state.stage) parts.push(`${state.stage} ${state.seconds.toFixed(2)} s`);
    if (state.calls.size) {
        const reused = done.reused ? ` (${count(done.reused)} of them kept by the engine)` : "";
        parts.push(`${plural(done.read, "token")} read${reused}, ${count(done.written)} written`);
        parts.push(state.totals ? `${seconds(state.totals.seconds)} in all` : `${seconds(state.at)} so far`);
    }
    if (done.known) parts.push(`${plural(done.known, "answer")} known from before`);
    if (state.unrecorded) parts.push(state.unrecorded);
    if (done.unreadable) parts.push(`${plural(done.unreadable, "answer")} could not be read`);
    return parts.join(" · ");
}
