// Which rankers are to stand side by side, and whether the reader may know whose rankings they are.

import { h, say, unique } from "./dom.js";
import { staged } from "./words.js";

/** @import { Catalogue, Settings } from "./types.d.ts" */
/** @typedef {{ node: HTMLElement, box: HTMLInputElement, changes: Settings }} Choice */

const LEAST = 2;
const MOST = 4;
/** Rankers that are chosen before anybody chooses: they are there wherever the page is. */
const BEGIN = ["minilm-cosine", "bm25"];

export class Picker {
    /** @type {Choice[]} */
    choices = [];

    /** @param {() => void} compare called when the reader wants to see them */
    constructor(compare) {
        this.list = h("div", { class: "rankers", role: "group", "aria-label": "Rankers to compare" });
        this.list.addEventListener("change", () => this.check());
        const blind = unique("blind");
        this.blind = h("input", { type: "checkbox", id: blind });
        this.wrong = h("span", { class: "quiet", role: "status" });
        this.button = h("button", { class: "plain", type: "submit" }, "Compare side by side");
        const onsubmit = (/** @type {SubmitEvent} */ event) => {
            event.preventDefault();
            if (this.check()) compare();
        };
        const about = "All rank the same candidates: those that the first one chosen finds.";
        const hidden = "Blind: whose is whose is hidden until I have voted";
        const form = h(
            "form",
            { class: "picker", onsubmit },
            h("p", { class: "quiet" }, `Choose two to four. ${about}`),
            this.list,
            h("label", { for: blind, class: "ranker" }, this.blind, hidden),
            h("p", { class: "doing" }, this.button, this.wrong),
        );
        this.node = h("details", { class: "rest" }, h("summary", {}, "Compare rankers side by side"), form);
    }

    /** @param {Catalogue} catalogue */
    offer({ rerankers, retrievers, settings }) {
        const named = rerankers
            .filter(({ name }) => name !== "none")
            .map(({ name, about }) => this.choice(name, `${name}, ${about}`, { reranker: name }));
        const stages = retrievers
            .filter(Boolean)
            .map((name) => this.choice(name, `${staged(name)}, first stage`, { reranker: "none", retriever: name }));
        this.choices = [...named, ...stages];
        this.list.replaceChildren(...this.choices.map(({ node }) => node));
        for (const { box } of this.choices) box.checked = [String(settings.reranker), ...BEGIN].includes(box.value);
    }

    /**
     * @param {string} value
     * @param {string} text
     * @param {Settings} changes
     * @returns {Choice}
     */
    choice(value, text, changes) {
        const id = unique("ranker");
        const box = h("input", { type: "checkbox", id, value });
        return { node: h("label", { for: id, class: "ranker" }, box, text), box, changes };
    }

    // What is chosen: how the settings of a search change for each.
    get chosen() {
        return this.choices.filter(({ box }) => box.checked).map(({ changes }) => changes);
    }

    check() {
        const { length } = this.chosen;
        const right = length >= LEAST && length <= MOST;
        say(this.wrong, right ? "" : `${length} are chosen, it must be two to four.`);
        return right;
    }
}
