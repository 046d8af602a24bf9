// The side panel: one comparison whole, what was asked and what came back, unaltered.

import { h, say } from "./dom.js";
import { chip, labelled } from "./labels.js";
import { FINISH, STATUS, count, known, plural, seconds } from "./words.js";

export class Panel {
    constructor(actions) {
        this.actions = actions;
        this.title = h("h2", { id: "panel-title", tabindex: "-1" });
        this.content = h("div", { class: "content" });
        this.before = h("button", { class: "plain", type: "button", onclick: () => this.step(-1) }, "Previous");
        this.after = h("button", { class: "plain", type: "button", onclick: () => this.step(1) }, "Next");
        this.node = h("aside", { class: "side", hidden: true, role: "dialog", "aria-labelledby": "panel-title" },
            h("header", {}, this.title, this.before, this.after,
                h("button", { class: "plain", type: "button", onclick: () => this.close() }, "Close")),
            this.content);
    }

    reset(state) {
        this.state = state;
        this.close();
    }

    close() {
        if (this.node.hidden) return;
        const inside = this.node.contains(this.node.getRootNode().activeElement);
        this.node.hidden = true;
        if (inside) (this.back?.isConnected ? this.back : this.otherwise)?.focus();
    }

    step(by) {
        this.open(this.shown + by);
    }

    async open(id) {
        const { state } = this;
        const call = state.calls.get(id);
        if (!call) return;
        if (this.node.hidden) this.back = this.node.getRootNode().activeElement;
        this.shown = id;
        say(this.title, `Comparison ${id}`);
        this.before.disabled = !state.calls.has(id - 1);
        this.after.disabled = !state.calls.has(id + 1);
        const status = call.status;
        const waiting = h("p", { class: "quiet" }, "Fetching what was sent.");
        this.content.replaceChildren(...this.facts(call), waiting);
        this.content.scrollTop = 0;
        this.node.hidden = false;
        this.title.focus();
        try {
            const answer = await fetch(`${this.actions.base}api/recordings/${state.run}?call=${id}`);
            const whole = await answer.json();
            if (!answer.ok) throw new Error(whole.error);
            if (this.shown !== id || this.state !== state) return;
            if (status !== call.status) this.content.replaceChildren(...this.facts(call), waiting);
            waiting.replaceWith(...this.texts(whole, call));
        } catch (error) {
            say(waiting, `What was sent could not be fetched: ${error.message}`);
            waiting.className = "bad";
        }
    }

    // A comparison that was opened while it ran is shown again when it has ended.
    update() {
        const call = this.state.calls.get(this.shown);
        if (this.node.hidden || !call) return;
        this.after.disabled = !this.state.calls.has(this.shown + 1);
        if (this.live && call.status !== "running") this.open(this.shown);
    }

    facts(call) {
        this.live = call.status === "running";
        const link = (id) => chip(id, this.state, this.actions);
        const rows = [
            ["Asked for", call.purpose],
            ["Status", STATUS[call.status] + (call.error ? `: ${call.error}` : "")],
            ["Model chose", call.answer ? link(call.answer) : this.live ? "thinking" : "nothing that could be read"],
            call.winner && call.winner !== call.answer && ["Kept", link(call.winner)],
            call.repeats && ["Repeats", h("button", { class: "link", type: "button", onclick: () => this.open(call.repeats) }, `comparison ${call.repeats}, with the documents in another order`)],
            ["Round", String(call.round)],
            ...(call.seconds == null ? [] : measured(call)),
        ].filter(Boolean);
        return [
            h("dl", {}, rows.flatMap(([term, what]) => [h("dt", {}, term), h("dd", {}, what)])),
            h("h3", {}, "Labels in this comparison"),
            h("ol", { class: "labels" }, call.documents.map((id, place) => h("li", {},
                h("span", { class: "label" }, `[${place + 1}]`), link(id), h("span", { class: "quiet" }, said(call, id, place))))),
        ];
    }

    texts(whole, call) {
        const text = whole.text || call.text;
        return [
            h("h3", {}, "What the model wrote"),
            text
                ? h("pre", { class: "words raw", tabindex: "0", dir: "auto" }, labelled(text, call, this.state, this.actions))
                : h("p", { class: "quiet" }, "Nothing yet."),
            h("h3", {}, "What it was asked"),
            ...whole.messages.map((message) => h("details", { class: "message", open: message.role !== "system" },
                h("summary", {}, `${message.role}, ${plural(message.content.length, "character")}`),
                h("pre", { class: "raw", tabindex: "0", dir: "auto" }, message.content))),
        ];
    }
}

// What became of a label: chosen or not, and how likely it was where that decided.
function said(call, id, place) {
    const likely = call.likelihoods?.length ? `, probability ${(100 * call.likelihoods[place]).toFixed(1)} %` : "";
    return (id === call.winner ? " chosen" : "") + likely;
}

function measured(call) {
    const { prompt_tokens: read, cached_tokens: cached, completion_tokens: written } = call.usage;
    return [
        ["Time", call.known ? known(call.known) : seconds(call.seconds)],
        ["Tokens", `${count(read)} read${cached ? `, ${count(cached)} of them cached` : ""}; ${count(written)} written`],
        call.status !== "cancelled" && ["Ended because", FINISH[call.finish] || call.finish || "not said"],
    ];
}
