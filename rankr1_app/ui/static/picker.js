// Which rankers are to stand side by side, and whether the reader may know whose rankings they are.

import { button, h, say, unique } from "./dom.js";
import { count, short, staged } from "./words.js";

/** @import { Catalogue, Settings } from "./types.d.ts" */
/** @typedef {{ node: HTMLElement, box: HTMLInputElement, deep: HTMLElement, depth: HTMLInputElement, changes: Settings }} Choice */

const LEAST = 2;
const MOST = 4;
/** Rankers that are chosen before anybody chooses: they are there wherever the page is. */
const BEGIN = ["minilm-cosine", "bm25"];

export class Picker {
    /** @type {Choice[]} */
    choices = [];
    /** @type {[number, number]} Depths that are taken. */
    limits = [1, 1];

    /** @param {() => void} compare called when the reader wants to see them */
    constructor(compare) {
        this.list = h("div", { class: "rankers", role: "group", "aria-label": "Rankers to compare" });
        for (const kind of ["change", "input"]) this.list.addEventListener(kind, () => this.check());
        const blind = unique("blind");
        this.blind = h("input", { type: "checkbox", id: blind });
        this.wrong = h("span", { class: "quiet", role: "status" });
        this.button = h("button", { class: "plain", type: "submit" }, "Compare side by side");
        const onsubmit = (/** @type {SubmitEvent} */ event) => {
            event.preventDefault();
            if (this.check()) compare();
        };
        const about =
            "All rank the same candidates, which the first one chosen finds, or the deepest where depths differ: one of less " +
            "depth ranks only the first of them.";
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
    offer({ rerankers, retrievers, settings, limits }) {
        this.limits = limits.depth;
        const named = rerankers
            .filter(({ name }) => name !== "none")
            .map(({ name, about }) => this.choice(name, `${name}, ${about}`, { reranker: name }));
        const stages = retrievers
            .filter(Boolean)
            .map((name) => this.choice(name, `${staged(name)}, first stage`, { reranker: "none", retriever: name }));
        this.choices = [...named, ...stages];
        this.list.replaceChildren(...this.choices.map(({ node }) => node));
        for (const { box } of this.choices) box.checked = [String(settings.reranker), ...BEGIN].includes(box.value);
        this.check();
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
        const about = { type: "text", inputmode: "numeric", size: 7, placeholder: "as above" };
        const depth = h("input", { ...about, "aria-label": `Depth of ${value}` });
        const again = button("link", "Add at another depth", () => this.again(made, text));
        const deep = h("span", { class: "deep", hidden: true }, h("label", {}, "Depth ", depth), again);
        const label = h("label", { for: id, class: "ranker" }, box, text);
        const made = { node: h("div", {}, label, deep), box, deep, depth, changes };
        return made;
    }

    /**
     * The same ranker once more, for another depth.
     * @param {Choice} choice
     * @param {string} text
     */
    again(choice, text) {
        const other = this.choice(choice.box.value, text, choice.changes);
        other.box.checked = true;
        this.choices.splice(this.choices.indexOf(choice) + 1, 0, other);
        choice.node.after(other.node);
        this.check();
        other.depth.focus();
    }

    // What is chosen: how the settings of a search change for each.
    get chosen() {
        return this.checked.map(({ changes, depth }) => {
            const text = depth.value.trim();
            return text ? { ...changes, depth: Number(text) } : changes;
        });
    }

    get checked() {
        return this.choices.filter(({ box }) => box.checked);
    }

    check() {
        for (const { box, deep } of this.choices) deep.hidden = !box.checked;
        const wrong = this.fault();
        say(this.wrong, wrong);
        return !wrong;
    }

    // What is not right about what is chosen.
    fault() {
        const { checked, chosen } = this;
        const { length } = checked;
        if (length < LEAST || length > MOST) return `${length} are chosen, it must be two to four.`;
        const [low, high] = this.limits;
        const bad = checked.find(({ depth }) => {
            const text = depth.value.trim();
            return text && !(/^\d+$/.test(text) && Number(text) >= low && Number(text) <= high);
        });
        if (bad) return `Depth must be a whole number from ${low} to ${count(high)}, not “${short(bad.depth.value)}”.`;
        const twice = chosen.findIndex((one, n) => chosen.slice(n + 1).some((other) => same(one, other)));
        return twice < 0 ? "" : `${checked[twice].box.value} is chosen twice at the same depth.`;
    }
}

/**
 * Whether two rankers are asked with the same.
 * @param {Settings} one
 * @param {Settings} other
 */
function same(one, other) {
    return ["reranker", "retriever", "depth"].every((key) => one[key] === other[key]);
}
