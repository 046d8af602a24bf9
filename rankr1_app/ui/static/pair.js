// Why this stands above that: both documents beside each other, the comparisons in which both stood, and who won.

import { chain } from "./chain.js";
import { button, h } from "./dom.js";
import { folding } from "./folding.js";
import { chip, evidenced, underlined } from "./labels.js";
import { legend } from "./legend.js";
import { words } from "./search.js";
import { ask, kept } from "./source.js";
import { empty, fold, order, story, winner } from "./state.js";
import { STATUS, called, capital, name, ordinal, plural, short } from "./words.js";

/** @import { Actions, Call, Child, Raw, State } from "./types.d.ts" */

export class PairView {
    wide = true;

    /**
     * @param {string} first
     * @param {string} second
     * @param {Actions} actions
     */
    constructor(first, second, actions) {
        const places = [first, second].map((id) => actions.place(id));
        /** The one above, then the one below. */
        this.pair = places[0] <= places[1] ? [first, second] : [second, first];
        this.actions = actions;
        this.state = actions.state;
        const [above, below] = this.pair.map((id) => short(name(this.state.documents.get(id), id)));
        this.title = `Why is “${above}” above “${below}”?`;
        this.address = ["pair", ...this.pair];
        /** @type {State | null} What the model says of the two alone. */
        this.alone = null;
        this.wrong = "";
        this.asking = false;
    }

    // The documents that the one above may be compared with, from the next one on.
    get others() {
        const ids = order(this.state);
        return ids.slice(ids.indexOf(this.pair[0]) + 1);
    }

    /** @returns {[boolean, boolean]} */
    neighbours() {
        const at = this.others.indexOf(this.pair[1]);
        return [at > 0, at >= 0 && at < this.others.length - 1];
    }

    /** @param {number} by */
    step(by) {
        const next = this.others[this.others.indexOf(this.pair[1]) + by];
        if (next) this.actions.pair(this.pair[0], next);
    }

    nodes() {
        const { state, pair } = this;
        const met = [...state.calls.values()].filter((call) => pair.every((id) => call.documents.includes(id)));
        const passages = this.passages(met);
        const sides = this.heads().map((head, n) => h("div", {}, head, passages[n]));
        return [
            h("div", { class: "two" }, sides),
            ...this.turned(met),
            ...(met.length ? met.map((call) => this.meeting(call)) : [h("p", {}, ...this.strangers())]),
            ...this.figures(met),
            ...this.asked(),
        ];
    }

    heads() {
        const { actions, pair } = this;
        return pair.map((id) => h("h3", {}, `${ordinal(actions.place(id))} `, chip(id, actions)));
    }

    /**
     * What both say, with what the model quotes of them.
     * @param {Call[]} met
     */
    passages(met) {
        const { state, pair } = this;
        return pair.map((id) => {
            const { main } = story(state, id);
            const reasons = met.length ? met.flatMap((call) => call.reasons) : (main?.spans ?? []);
            const quotes = reasons
                .filter((reason) => reason.document === id)
                .flatMap((reason) => (reason.quotes ?? []).filter((quote) => quote.in === "text"));
            const text = state.documents.get(id)?.text ?? "";
            return h("p", { class: "passage", dir: "auto", tabindex: "0" }, underlined(text, state.query, quotes));
        });
    }

    /**
     * Said where the model chose the one here, and the other there.
     * @param {Call[]} met
     */
    turned(met) {
        const won = this.pair.map((id) => met.filter((call) => winner(call) === id));
        if (!won[0].length || !won[1].length) return [];
        const [here, there] = won.map((calls) => called(calls[0]));
        return [h("p", { class: "bad" }, `The model contradicts itself: one won ${here}, the other ${there}.`)];
    }

    /**
     * What the figures mean that the model repeats.
     * @param {Call[]} met
     */
    figures(met) {
        const figures = legend(met.map(({ text }) => text).join("\n"));
        return figures ? [h("p", {}, figures.open), figures.list] : [];
    }

    /**
     * @param {Call} call
     * @param {boolean} [alone]
     */
    meeting(call, alone = false) {
        const { actions, pair } = this;
        const blocks = pair.map((id) => {
            const said = call.reasons.filter((reason) => reason.document === id);
            const title = name(this.state.documents.get(id), id);
            if (!said.length) return h("p", { class: "quiet", "data-title": title }, "Nothing is said of this one.");
            const parts = said.flatMap((reason) => [...evidenced(call, reason, actions, id, () => {}), " "]);
            const block = h("blockquote", { class: "words", dir: "auto" }, parts);
            return h("div", { "data-title": title }, ...folding(block));
        });
        const source = alone
            ? "Asked just now, the ranking is unchanged"
            : button("link", capital(called(call)), () => actions.call(call.id));
        const head = h("h3", {}, source, ": ", ...this.won(call));
        return h("section", { class: "meeting" }, head, h("div", { class: "two" }, blocks));
    }

    /**
     * What a comparison says of the two, in a sentence.
     * @param {Call} call
     * @returns {Child[]}
     */
    won(call) {
        const { pair, actions } = this;
        const first = winner(call);
        if (!first) return [STATUS[call.status]];
        const other = pair.find((id) => id !== first) ?? "";
        const others = call.documents.length - 2;
        if (!pair.includes(first)) return ["the model chose a third, ", chip(first, actions), ", over both"];
        const more = others > 0 ? ` and ${plural(others, "other")}` : "";
        return ["the model chose ", chip(first, actions), " over ", chip(other, actions), more];
    }

    /** @returns {Child[]} */
    strangers() {
        const { actions, state } = this;
        if (!state.calls.size) return ["No model was asked: the first stage put them in this order."];
        const steps = chain(state.calls.values(), this.pair);
        const said = steps.flatMap(({ call, from, to }, n) => [
            n ? ", and " : " It chose ",
            chip(from, actions),
            " over ",
            chip(to, actions),
            " in ",
            button("link", called(call), () => actions.call(call.id)),
        ]);
        const rest = steps.length ? "." : " Their ranks follow from other comparisons.";
        return ["The model never compared these two directly.", ...said, rest];
    }

    asked() {
        const { state } = this;
        /** @type {Child[]} */
        const nodes = [];
        if (this.alone) nodes.push(...[...this.alone.calls.values()].map((call) => this.meeting(call, true)));
        else if (!kept && state.calls.size) {
            const label = this.asking ? "Asking" : "Ask the model about these two alone";
            const about = { disabled: this.asking };
            nodes.push(
                h(
                    "p",
                    { class: "doing" },
                    button("plain", label, () => this.ask(), about),
                ),
            );
        }
        if (this.wrong) nodes.push(h("p", { class: "bad", role: "alert" }, this.wrong));
        return nodes;
    }

    async ask() {
        this.asking = true;
        this.actions.renew(this);
        const { state, pair } = this;
        try {
            const asked = { ...this.actions.settings(), query: state.query, like: state.like, documents: pair };
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
