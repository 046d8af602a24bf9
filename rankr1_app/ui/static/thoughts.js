// The reasoning of every comparison: a line for each, to be opened, and beside them what is being written.

import { button, h, mark, remember, remembered, say, unique } from "./dom.js";
import { Stream, spelled } from "./labels.js";
import { rove, settle } from "./rove.js";
import { ended, running, thoughts } from "./state.js";
import { STATUS, called, capital, earlier, name, plural, seconds, short } from "./words.js";

/** @import { Actions, Call, Status } from "./types.d.ts" */

/** @type {Record<string, string>} */
const MODES = { open: "all open", auto: "while it thinks", closed: "none open" };

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
            { class: "panel", ontoggle: () => this.opened() },
            h("summary", { onclick, tabindex: "-1" }, what, this.note, this.preview),
            text,
            this.verdict,
            button("link", `Open the ${called(call).split(" ")[0]}`, () => view.call(call.id)),
        );
    }

    // What is folded away is written when it is looked at.
    opened() {
        if (this.node.open) this.stream.write();
    }

    /** @param {string} mode */
    write(mode) {
        const { call, view } = this;
        if (this.done) return;
        const live = call.status === "running";
        this.done = !live && (call.labels !== null || ended(view.state));
        if (this.node.open) this.stream.write();
        if (!this.node.open || !live) say(this.preview, (live ? "" : verdict(call, view)) || lastLine(call, view));
        if (this.status === call.status) return;
        this.status = call.status;
        this.node.dataset.status = call.status;
        say(this.note, live ? "thinking" : shortly(call));
        mark(this.note, "title", live ? "" : figures(call));
        say(this.verdict, verdict(call, view));
        this.settle(mode);
    }

    /**
     * Open or fold as `mode` says; never what the reader opened or closed by hand.
     * @param {string} mode
     */
    settle(mode) {
        if (!this.touched) this.node.open = mode === "open";
    }
}

// What is being written: one call at a time, in a box of its own that never grows, its end in view.
class Live {
    /** @type {Call | null} */
    call = null;
    /** @type {Stream | null} */
    stream = null;

    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        this.what = h("p", { class: "figures" });
        this.text = h("div", { class: "words", dir: "auto" });
        this.node = h("div", { class: "live", hidden: true, inert: true }, this.what, h("div", {}, this.text));
    }

    reset() {
        this.call = this.stream = null;
        this.text.replaceChildren();
        this.node.hidden = true;
    }

    /** @param {boolean} wished */
    update(wished) {
        const { state } = this.view;
        this.node.hidden = !wished || !running(state);
        if (this.node.hidden) return;
        if (this.call?.status !== "running") {
            const next = [...state.calls.values()].find(({ status }) => status === "running");
            if (next) this.begin(next);
        }
        this.stream?.write();
    }

    /** @param {Call} call */
    begin(call) {
        this.call = call;
        this.text.replaceChildren();
        this.stream = new Stream(this.text, call, this.view);
        say(this.what, `${capital(called(call))}, ${call.purpose}`);
    }
}

export class Thoughts {
    /** @type {Map<number, Thought>} */
    panels = new Map();
    low = true;
    added = false;

    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        this.live = new Live(view);
        const mode = remembered("thoughts", "auto");
        this.mode = mode in MODES ? mode : "auto";
        const options = Object.entries(MODES).map(([value, text]) =>
            h("option", { value, selected: value === this.mode }, text),
        );
        const onchange = () => this.choose();
        this.choice = h("select", { "aria-label": "Which reasoning is open", onchange }, options);
        const id = unique("panels");
        const about = { "aria-expanded": "true", "aria-controls": id };
        this.fold = button("fold", h("h2", {}, "Reasoning"), () => this.toggle(), about);
        this.list = h("ol", { class: "panels", id, "aria-label": "Reasoning of each comparison" });
        rove(this.list, "summary");
        this.node = h(
            "section",
            { class: "thoughts", hidden: true, "aria-label": "The model's reasoning" },
            h("header", {}, this.fold, this.choice),
            this.list,
            this.live.node,
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
        this.low = true;
        this.live.reset();
        this.show(true);
    }

    toggle() {
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
        this.node.classList.toggle("busy", running(state));
        for (const call of state.calls.values()) this.panel(call).write(this.mode);
        this.live.update(this.mode === "auto" && !this.list.hidden);
    }

    // Stays at the last comparison, if the reader is there. Comes last in a frame: it needs the layout.
    follow() {
        if (this.added && this.low && running(this.view.state)) this.list.scrollTop = 1e9;
        this.added = false;
    }

    /** @param {Call} call */
    panel(call) {
        let panel = this.panels.get(call.id);
        if (!panel) {
            panel = new Thought(call, this.view);
            this.panels.set(call.id, panel);
            this.list.append(h("li", {}, panel.node));
            this.added = true;
            settle(this.list, "summary");
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

/**
 * How a call went, in a word or two.
 * @param {Call} call
 */
function shortly(call) {
    if (call.earlier) return "from the cache";
    if (["ok", "repaired"].includes(call.status) && call.seconds != null) return seconds(call.seconds);
    return { cancelled: "not needed", unfinished: "cut off" }[/** @type {string} */ (call.status)] ?? "not read";
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
