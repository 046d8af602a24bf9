// One comparison whole: what was asked and what came back, unaltered.

import { h, say } from "./dom.js";
import { chip, labelled } from "./labels.js";
import { wholeCall } from "./source.js";
import { FINISH, STATUS, count, known, plural, seconds } from "./words.js";

export class CallView {
    constructor(id, state, actions) {
        Object.assign(this, { id, state, actions, call: state.calls.get(id), whole: null, wrong: "" });
        this.title = `Comparison ${id}`;
        this.fetch();
    }

    neighbours() {
        return [this.state.calls.has(this.id - 1), this.state.calls.has(this.id + 1)];
    }

    step(by) {
        this.actions.call(this.id + by);
    }

    async fetch() {
        this.status = this.call.status;
        try {
            this.whole = await wholeCall(this.state.run, this.id);
        } catch (error) {
            this.wrong = error.message;
        }
        this.actions.renew(this);
    }

    // A comparison that was opened while it ran is shown again when it has ended.
    update() {
        if (this.status !== this.call.status) this.fetch();
    }

    nodes() {
        return [...this.facts(), ...(this.whole ? this.texts() : [this.waiting()])];
    }

    waiting() {
        const node = h("p", { class: this.wrong ? "bad" : "quiet" });
        say(node, this.wrong ? `What was sent could not be fetched: ${this.wrong}` : "Fetching what was sent.");
        return node;
    }

    facts() {
        const { call, state, actions } = this;
        const live = call.status === "running";
        const link = (id) => chip(id, state, actions);
        const rows = [
            ["Asked for", call.purpose],
            ["Status", STATUS[call.status] + (call.error ? `: ${call.error}` : "")],
            ["Model chose", call.answer ? link(call.answer) : live ? "thinking" : "nothing that could be read"],
            call.winner && call.winner !== call.answer && ["Kept", link(call.winner)],
            call.repeats && [
                "Repeats",
                h(
                    "button",
                    { class: "link", type: "button", onclick: () => actions.call(call.repeats) },
                    `comparison ${call.repeats}, with the documents in another order`,
                ),
            ],
            ["Round", String(call.round)],
            ...(call.seconds == null ? [] : measured(call)),
        ].filter(Boolean);
        return [
            h(
                "dl",
                {},
                rows.flatMap(([term, what]) => [h("dt", {}, term), h("dd", {}, what)]),
            ),
            h("h3", {}, "Labels in this comparison"),
            h(
                "ol",
                { class: "labels" },
                call.documents.map((id, place) =>
                    h(
                        "li",
                        {},
                        h("span", { class: "label" }, `[${place + 1}]`),
                        link(id),
                        h("span", { class: "quiet" }, said(call, id, place)),
                    ),
                ),
            ),
        ];
    }

    texts() {
        const { call, state, actions, whole } = this;
        const text = whole.text || call.text;
        return [
            h("h3", {}, "What the model wrote"),
            text
                ? h("pre", { class: "words raw", tabindex: "0", dir: "auto" }, labelled(text, call, state, actions))
                : h("p", { class: "quiet" }, "Nothing yet."),
            h("h3", {}, "What it was asked"),
            ...whole.messages.map((message) =>
                h(
                    "details",
                    { class: "message", open: message.role !== "system" },
                    h("summary", {}, `${message.role}, ${plural(message.content.length, "character")}`),
                    h("pre", { class: "raw", tabindex: "0", dir: "auto" }, message.content),
                ),
            ),
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
        [
            "Tokens",
            `${count(read)} read${cached ? `, ${count(cached)} of them cached` : ""}; ${count(written)} written`,
        ],
        call.status !== "cancelled" && ["Ended because", FINISH[call.finish] || call.finish || "not said"],
    ].filter(Boolean);
}
