// The reasoning of every comparison: open while it is written, folded when it is done, as the reader likes it.

import { button, h, remember, remembered, say, unique } from "./dom.js";
import { Stream, spelled } from "./labels.js";
import { ended, running, thoughts } from "./state.js";
import { STATUS, called, capital, earlier, name, plural, seconds, short } from "./words.js";

/** @import { Actions, Call, Status } from "./types.d.ts" */

/** @type {Record<string, string>} */
const MODES = { open: "always open", auto: "open while it thinks", closed: "always closed" };

/** The end of a thought that a preview looks at. */
const TAIL = 400;

// The reasoning of one call.
class Thought {
    touched = false;
    /** @type {Status | ""} */
    status = "";
    done = false;

    /**
     * @param {Call} call
     * @param {Actions} view
     */
    constructor(call, view) {
        this.call = call;
        this.view = view;
        this.note = h("span", { class: "figures" });
        this.preview = h("span", { class: "preview", dir: "auto" });
        this.verdict = h("p", { class: "verdict" });
        const text = h("div", { class: "words", dir: "auto" });
        this.stream = new Stream(text, call, view);
        const what = h("span", { class: "what" }, `${call.id} · ${call.purpose}`);
        const onclick = () => (this.touched = true);
        this.node = h(
            "details",
            { class: "panel" },
            h("summary", { onclick }, what, this.note, this.preview),
            text,
            this.verdict,
            button("link", `Open the ${called(call).split(" ")[0]}`, () => view.call(call.id)),
        );
    }

    /** @param {string} mode */
    write(mode) {
        const { call, view } = this;
        if (this.done) return;
        const live = call.status === "running";
        this.done = !live && (call.labels !== null || ended(view.state));
        if (this.node.open || !live) this.stream.write();
        if (!this.node.open || !live) say(this.preview, lastLine(call, view));
        if (this.status === call.status) return;
        this.status = call.status;
        this.node.dataset.status = call.status;
        say(this.note, live ? "thinking" : figures(call));
        say(this.verdict, verdict(call, view));
        this.settle(mode);
    }

    /**
     * Open or fold as `mode` says; never what the reader opened or closed by hand.
     * @param {string} mode
     */
    settle(mode) {
        if (!this.touched) this.node.open = mode === "open" || (mode === "auto" && this.status === "running");
    }
}

export class Thoughts {
    /** @type {Map<number, Thought>} */
    panels = new Map();
    touched = false;
    done = false;
    low = true;

    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        const mode = remembered("thoughts", "auto");
        this.mode = mode in MODES ? mode : "auto";
        const options = Object.entries(MODES).map(([value, text]) =>
            h("option", { value, selected: value === this.mode }, text),
        );
        const onchange = () => this.choose();
        this.choice = h("select", { "aria-label": "How the reasoning is shown", onchange }, options);
        const id = unique("panels");
        const about = { "aria-expanded": "true", "aria-controls": id };
        this.fold = button("fold", h("h2", {}, "Reasoning"), () => this.toggle(), about);
        this.list = h("ol", { class: "panels", id, tabindex: "0", "aria-label": "Reasoning of each comparison" });
        this.node = h(
            "section",
            { class: "thoughts", hidden: true, "aria-label": "The model's reasoning" },
            h("header", {}, this.fold, this.choice),
            this.list,
        );
        const scrolled = () => {
            this.low = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 32;
        };
        this.list.addEventListener("scroll", scrolled, { passive: true });
    }

    choose() {
        this.mode = this.choice.value;
        remember("thoughts", this.mode);
        for (const panel of this.panels.values()) panel.settle(this.mode);
    }

    reset() {
        this.panels.clear();
        this.list.replaceChildren();
        this.node.hidden = true;
        this.touched = this.done = false;
        this.low = true;
        this.show(true);
    }

    toggle() {
        this.touched = true;
        this.show(Boolean(this.list.hidden));
    }

    /** @param {boolean} open */
    show(open) {
        this.list.hidden = !open;
        this.fold.setAttribute("aria-expanded", String(open));
    }

    update() {
        const { state } = this.view;
        this.node.hidden = state.calls.size === 0;
        for (const call of state.calls.values()) this.panel(call).write(this.mode);
        if (!ended(state) || this.done) return;
        this.done = true;
        // In one column the list comes first again once the thinking is over, unless the reader chose otherwise.
        if (!this.touched && this.mode !== "open" && matchMedia("(max-width: 1099px)").matches) this.show(false);
    }

    // Stays at the end of what is written, if the reader is there. Comes last in a frame: it needs the layout.
    follow() {
        if (this.low && running(this.view.state)) this.list.scrollTop = 1e9;
    }

    /** @param {Call} call */
    panel(call) {
        let panel = this.panels.get(call.id);
        if (!panel) {
            panel = new Thought(call, this.view);
            this.panels.set(call.id, panel);
            this.list.append(h("li", {}, panel.node));
        }
        return panel;
    }
}

/**
 * The end of the thought, its labels as titles.
 * @param {Call} call
 * @param {Actions} view
 */
function lastLine(call, view) {
    const span = thoughts(call).at(-1);
    if (!span) return "";
    const { start, end } = span;
    const line = start + call.text.slice(start, end).lastIndexOf("\n") + 1;
    const from = Math.max(line, end - TAIL);
    return short(spelled(call, { start: from, end }, view.state.documents).trim(), 160);
}

/** @param {Call} call */
function figures(call) {
    if (call.seconds == null) return STATUS[call.status];
    if (call.earlier) return earlier(call.earlier);
    if (call.status === "cancelled") return `${STATUS.cancelled}; ${seconds(call.seconds)}`;
    const written = call.usage?.completion_tokens;
    const took = seconds(call.seconds) + (written == null ? "" : `, ${plural(written, "token")}`);
    return ["ok", "repaired"].includes(call.status) ? `thought for ${took}` : `${STATUS[call.status]}; ${took}`;
}

/**
 * @param {Call} call
 * @param {Actions} view
 */
function verdict(call, view) {
    if (call.status === "running") return "";
    const [chosen] = call.answer;
    if (chosen) return `Chose “${short(name(view.state.documents.get(chosen), chosen), 80)}”.`;
    const why = call.error ? `: ${call.error}` : "";
    return `${capital(STATUS[call.status])}${why}.`;
}
