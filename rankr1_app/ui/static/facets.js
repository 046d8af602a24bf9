// Labels of the reader's own over the list: a classifier says which documents each fits, and a click leaves those alone.

import { button, h, mark, say, unique } from "./dom.js";
import { counts, fitting, only, typed } from "./labelled.js";
import { rove, settle } from "./rove.js";
import { words } from "./search.js";
import { ask, kept } from "./source.js";
import { ended } from "./state.js";
import { capital, count, plural } from "./words.js";

/** @import { Actions, Child, Labelled } from "./types.d.ts" */

/** Labels that can be chosen: one stop for Tab, arrows go on. */
const STOPS = "button:enabled";

/** @param {string} run */
function path(run) {
    return `api/recordings/${encodeURIComponent(run)}/facets`;
}

/**
 * The labels that were last asked for in a search; null where there are none.
 * @param {string} run
 * @returns {Promise<Labelled | null>}
 */
export async function recorded(run) {
    const { facets } = await ask(path(run)).catch(() => ({ facets: [] }));
    return facets.at(-1) ?? null;
}

export class Facets {
    /** @type {Labelled | null} */
    labelled = null;
    /** The label whose documents alone are shown; empty for all. */
    only = "";
    open = false;
    /** The search that was labelled. */
    #run = "";
    /** @type {Map<string, HTMLElement>} */
    #toggles = new Map();

    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        const id = unique("labels");
        const example = "biology, economics, cooking";
        this.field = h("input", { type: "text", id, autocomplete: "off", dir: "auto", placeholder: example });
        this.submit = h("button", { class: "plain", type: "submit" }, "Label the results");
        const onsubmit = (/** @type {SubmitEvent} */ event) => {
            event.preventDefault();
            this.run();
        };
        const label = h("label", { for: id }, "Labels of your own, with commas between");
        this.form = h("form", { class: "find", onsubmit }, label, this.field, this.submit);
        this.wrong = h("p", { class: "bad", role: "alert", hidden: true });
        this.toggles = h("div", { class: "toggles", role: "toolbar", "aria-label": "Labels", hidden: true });
        rove(this.toggles, STOPS);
        this.shown = h("span");
        this.all = button("link", "Show all", () => this.clear(), { title: "Esc", hidden: true });
        this.status = h("p", { class: "showing", role: "status" }, this.shown, " ", this.all);
        this.about = h("p", { class: "quiet" });
        const parts = [kept ? null : this.form, this.wrong, this.toggles, this.status, this.about];
        this.id = unique("facets");
        this.node = h("section", { class: "facets", id: this.id, hidden: true, "aria-label": "Facets" }, parts);
    }

    // What is shown of labels, null where the reader has folded them away or the search goes on.
    get on() {
        return this.open && ended(this.view.state) ? this.labelled : null;
    }

    // Whether there is something to label, or labels to look at.
    get offered() {
        const { run, documents } = this.view.state;
        return run !== "" && documents.size > 0 && (kept === null || this.labelled !== null);
    }

    get filters() {
        return this.on !== null && this.only !== "";
    }

    // The same as a sign that changes when what cards show of labels does.
    get sign() {
        return this.on ? `${this.#run}/${this.on.asked}` : "";
    }

    /**
     * Labels that were asked for when a search was looked at before.
     * @param {string} run
     * @param {Labelled | null} labelled
     */
    recall(run, labelled) {
        this.#run = run;
        this.only = "";
        this.labelled = labelled;
        this.open = labelled !== null;
        this.field.value = labelled?.labels.join(", ") ?? "";
        this.wrong.hidden = true;
        this.draw();
    }

    update() {
        const { state } = this.view;
        if (state.run && state.run !== this.#run) this.recall(state.run, kept?.facets?.at(-1) ?? null);
        this.node.hidden = !this.open || !this.offered;
        this.submit.disabled = !ended(state);
        this.say();
    }

    async run() {
        const run = this.#run;
        const { size } = this.view.state.documents;
        this.wrong.hidden = true;
        this.submit.disabled = true;
        say(this.about, `A classifier reads ${plural(size, "document")}. The first time it takes longer.`);
        try {
            /** @type {{ facets: Labelled[] }} */
            const { facets } = await ask(path(run), { labels: typed(this.field.value) });
            if (run === this.#run) this.take(facets[0]);
        } catch (error) {
            if (run === this.#run) this.fail(words(error));
        }
        this.submit.disabled = !ended(this.view.state);
    }

    /** @param {Labelled} labelled */
    take(labelled) {
        this.only = "";
        this.labelled = labelled;
        this.draw();
        this.changed();
    }

    /** @param {string} why */
    fail(why) {
        say(this.wrong, `${capital(why)}.`);
        this.wrong.hidden = false;
        this.say();
    }

    // The labels with their counts. A toggle is made once, so that it keeps the focus.
    draw() {
        const { labelled } = this;
        this.toggles.hidden = !labelled;
        const numbers = labelled ? counts(labelled) : [];
        this.#toggles = new Map(
            labelled?.labels.map((label, n) => {
                const number = h("span", { class: "number" }, count(numbers[n]));
                const how = { "aria-pressed": "false", disabled: !numbers[n], dir: "auto", tabindex: "-1" };
                return [label, button("plain", [`${label} `, number], () => this.choose(label), how)];
            }),
        );
        this.toggles.replaceChildren(...this.#toggles.values());
        settle(this.toggles, STOPS);
        this.say();
    }

    /**
     * Show only the documents that a label fits; pressed again, all.
     * @param {string} label
     */
    choose(label) {
        this.only = this.only === label ? "" : label;
        this.changed();
    }

    clear() {
        if (!this.only) return;
        const inside = this.all.matches(":focus");
        const toggle = this.#toggles.get(this.only);
        this.only = "";
        this.changed();
        if (inside) toggle?.focus();
    }

    // What is folded away filters nothing.
    toggle() {
        this.open = !this.open;
        this.only = "";
        this.changed();
        if (!this.open) return;
        this.update();
        if (!kept && !this.labelled) this.field.focus();
    }

    changed() {
        this.say();
        this.view.relabel();
    }

    // How many are shown and how many are not, and whose labels these are.
    say() {
        const { labelled } = this;
        for (const [label, toggle] of this.#toggles) mark(toggle, "aria-pressed", String(label === this.only));
        const all = this.view.state.documents.size;
        const left = this.keep([...this.view.state.documents.keys()]).length;
        const hidden = all - left === 1 ? "The other one is hidden" : `The other ${count(all - left)} are hidden`;
        const filtered = `${count(left)} of ${count(all)} shown, those that “${this.only}” fits. ${all === left ? "None is hidden" : hidden}; ranks are those of the search.`;
        say(this.shown, this.filters ? filtered : "");
        this.all.hidden = !this.filters;
        if (!labelled)
            return say(this.about, "A classifier says how likely each label fits each document. No rank changes.");
        const read = Object.keys(labelled.documents).length;
        const some = read < all ? `the first ${count(read)} of ${plural(all, "document")}` : plural(all, "document");
        say(
            this.about,
            `By the classifier ${labelled.model}, which read ${some}: a label counts from a probability of ${labelled.threshold}. ` +
                "These are its figures, not words of the ranking model.",
        );
    }

    /**
     * The documents that are shown, as they are ordered.
     * @param {string[]} ids
     */
    keep(ids) {
        return this.on ? only(this.on, this.only, ids) : ids;
    }

    /**
     * What the classifier says of a document, in a line.
     * @param {string} id
     * @returns {Child[]}
     */
    line(id) {
        if (!this.on) return [];
        const { model } = this.on;
        const found = fitting(this.on, id);
        if (!found) return [`${model}: not read`];
        const { fit, best } = found;
        if (!fit.length) return [`${model}: no label fits, likeliest ${best.label} ${best.value.toFixed(2)}`];
        const title = `Probability that the label fits, by the classifier ${model}`;
        const chips = fit.map(({ label, value }) =>
            h("span", { class: "facet", dir: "auto", title }, `${label} ${value.toFixed(2)}`),
        );
        return [`${model}: `, ...chips.flatMap((chip) => [chip, " "])];
    }
}
