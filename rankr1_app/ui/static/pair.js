// Why this stands above that: the comparisons in which both stood, what was said, and who won.

import { button, h } from "./dom.js";
import { chip, labelled } from "./labels.js";
import { words } from "./search.js";
import { ask, kept } from "./source.js";
import { empty, fold, winner } from "./state.js";
import { STATUS, called, capital, ordinal, plural } from "./words.js";

/** @import { Actions, Call, Child, Raw, State } from "./types.d.ts" */

export class PairView {
    /**
     * @param {string} first
     * @param {string} second
     * @param {Actions} actions
     */
    constructor(first, second, actions) {
        this.pair = [first, second];
        this.actions = actions;
        this.state = actions.state;
        this.title = "Why is this above that?";
        this.address = ["pair", first, second];
        /** @type {State | null} What the model says of the two alone. */
        this.alone = null;
        this.wrong = "";
        this.asking = false;
    }

    nodes() {
        const { state, actions, pair } = this;
        const places = pair.map((id) => actions.place(id));
        const [above, below] = places[0] <= places[1] ? pair : [...pair].reverse();
        const met = [...state.calls.values()].filter((call) => pair.every((id) => call.documents.includes(id)));
        const verdict = h(
            "p",
            {},
            chip(above, actions),
            ` stands ${ordinal(Math.min(...places))}, `,
            chip(below, actions),
            ` ${ordinal(Math.max(...places))}.`,
        );
        return [verdict, ...(met.length ? met.map((call) => this.meeting(call)) : this.strangers())];
    }

    /**
     * @param {Call} call
     * @param {boolean} [alone]
     */
    meeting(call, alone = false) {
        const { actions, pair } = this;
        const mentions = pair.flatMap((id) => call.reasons.filter((reason) => reason.document === id));
        const blocks = mentions.map((reason) =>
            h("blockquote", { class: "words", dir: "auto" }, labelled(call, reason, actions)),
        );
        const documents = plural(call.documents.length, "document");
        const source = alone
            ? ["Asked afterwards, which changes no rank: "]
            : [button("link", capital(called(call)), () => actions.call(call.id)), `, ${documents}: `];
        return h(
            "section",
            { class: "meeting" },
            h("h3", {}, ...source, ...this.won(call)),
            blocks.length ? blocks : h("p", { class: "quiet" }, "Its answer speaks of neither."),
        );
    }

    /**
     * @param {Call} call
     * @returns {Child[]}
     */
    won(call) {
        const first = winner(call);
        if (!first) return [STATUS[call.status]];
        return [this.pair.includes(first) ? "won by " : "won by a third, ", chip(first, this.actions)];
    }

    strangers() {
        const { state } = this;
        const text = state.calls.size
            ? "They never stood in the same comparison: each one's place follows from others that it won or lost."
            : "No model was asked: the first stage put them in this order.";
        /** @type {Child[]} */
        const nodes = [h("p", {}, text)];
        if (this.alone) nodes.push(...[...this.alone.calls.values()].map((call) => this.meeting(call, true)));
        else if (!kept && state.calls.size) {
            const label = this.asking ? "Asking" : "Ask the model once";
            nodes.push(button("plain", label, () => this.ask(), { disabled: this.asking }));
        }
        if (this.wrong) nodes.push(h("p", { class: "bad", role: "alert" }, this.wrong));
        return nodes;
    }

    async ask() {
        this.asking = true;
        this.actions.renew(this);
        const { state, pair } = this;
        try {
            const asked = { ...this.actions.settings(), query: state.query, documents: pair };
            /** @type {{ lines: Raw[] }} */
            const { lines } = await ask("api/compare", asked);
            this.alone = lines.reduce(fold, empty());
        } catch (error) {
            this.wrong = `It could not be asked: ${words(error)}.`;
        }
        this.asking = false;
        this.actions.renew(this);
    }
}
