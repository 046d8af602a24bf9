// The side panel: one comparison whole, with what was asked and what came back, unaltered.

import { h } from "./dom.js";
import { STATUS, labelled } from "./words.js";

export class Panel {
    constructor(actions) {
        this.actions = actions;
        this.back = null;
        this.title = h("h2", { id: "panel-title", tabindex: "-1" });
        this.content = h("div", { class: "content" });
        this.node = h("aside", { class: "side", hidden: true, role: "dialog", "aria-labelledby": "panel-title" },
            h("header", {}, this.title, h("button", { class: "close", type: "button", "aria-label": "Close the panel", onclick: () => this.close() }, "Close")),
            this.content);
    }

    close() {
        if (this.node.hidden) return;
        this.node.hidden = true;
        this.back?.focus();
    }

    async call(id, state, base) {
        const call = state.calls.get(id);
        if (!call) return;
        if (this.node.hidden) this.back = this.node.getRootNode().activeElement;
        this.title.textContent = `Comparison ${id}`;
        this.content.replaceChildren(...this.facts(call, state), h("p", { class: "quiet" }, "Fetching what was sent…"));
        this.node.hidden = false;
        this.title.focus();
        try {
            const answer = await fetch(`${base}api/recordings/${state.run}?call=${id}`);
            const whole = await answer.json();
            if (!answer.ok) throw new Error(whole.error);
            this.content.replaceChildren(...this.facts(call, state), ...this.texts(whole, call, state));
        } catch (error) {
            this.content.replaceChildren(...this.facts(call, state), h("p", { class: "alert" }, `The messages could not be fetched: ${error.message}`));
        }
    }

    facts(call, state) {
        const name = (document) => state.byId.get(document)?.title || document;
        const rows = [
            ["Why it was asked", call.purpose],
            ["Status", STATUS[call.status] + (call.error ? `: ${call.error}` : "")],
            ["Answer", call.answer ? name(call.answer) : "none"],
            ["Kept", call.winner ? name(call.winner) : "nobody"],
            ["Round", String(call.round)],
        ];
        if (call.seconds != null) {
            const usage = call.usage;
            const cached = usage.cached_tokens ? `, ${usage.cached_tokens.toLocaleString("en")} of them from the cache` : "";
            rows.push(["Time", `${call.seconds.toFixed(2)} s`]);
            rows.push(["Tokens", `${usage.prompt_tokens.toLocaleString("en")} read${cached}, ${usage.completion_tokens.toLocaleString("en")} written`]);
            rows.push(["Ended because", { stop: "the model finished", length: "the length limit was reached" }[call.finish] || call.finish]);
        }
        return [
            h("dl", {}, ...rows.flatMap(([term, text]) => [h("dt", {}, term), h("dd", { dir: "auto" }, text)])),
            h("h3", {}, "Which document stood behind which label"),
            h("ol", { class: "labels" }, ...call.documents.map((id, place) => h("li", { class: id === call.winner ? "winner" : "" },
                h("span", { class: "label" }, `[${place + 1}]`), " ",
                h("button", { class: "chip", type: "button", onclick: () => this.actions.go(id) }, name(id))))),
        ];
    }

    texts(whole, call, state) {
        return [
            h("h3", {}, "What the model wrote"),
            h("pre", { class: "raw words", tabindex: "0", dir: "auto" }, ...labelled(whole.text || call.text, call, state, this.actions.go)),
            h("h3", {}, "What it was asked"),
            ...whole.messages.flatMap((message) => [h("h4", {}, message.role), h("pre", { class: "raw", tabindex: "0", dir: "auto" }, message.content)]),
        ];
    }
}
