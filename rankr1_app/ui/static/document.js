// One document: how the first stage found it, and every comparison it stood in. Or any other of the index.

import { button, h, present, say, unique } from "./dom.js";
import { folding } from "./folding.js";
import { chip, labelled, outcome } from "./labels.js";
import { words } from "./search.js";
import { ask, kept } from "./source.js";
import { story } from "./state.js";
import { called, capital, count, name, noun, ordinal, plural, short, sourced, stageOf } from "./words.js";

/** @import { Actions, Call, Candidate, Child, Found, State } from "./types.d.ts" */

/**
 * The documents of the index that `text` names by an id or by words; those of the search that is shown as it had them.
 * @param {Actions} actions
 * @param {string} text
 * @returns {Promise<{ documents: Found[], note: string }>}
 */
async function find(actions, text) {
    const { searched, query, like } = actions.state;
    const { documents, note } = await ask("api/find", { ...actions.settings(), query: searched || query, like, text });
    return { documents: documents.map((/** @type {Found} */ found) => withRank(found, actions.state)), note };
}

export class DocumentView {
    /**
     * @param {string} id
     * @param {Actions} actions
     */
    constructor(id, actions) {
        this.id = id;
        this.actions = actions;
        this.state = actions.state;
        /** @type {Found | undefined} */
        this.found = undefined;
        this.wrong = "";
        this.title = short(name(this.state.documents.get(id), id), 80);
        this.address = ["document", id];
        if (!kept) this.fetch();
    }

    async fetch() {
        try {
            const { documents } = await find(this.actions, this.id);
            this.found = documents.find(({ id }) => id === this.id);
        } catch (error) {
            this.wrong = capital(words(error));
        }
        this.actions.renew(this);
    }

    nodes() {
        const { state, found, id } = this;
        const first = state.documents.get(id);
        /** @type {Child[]} */
        const nodes = [h("h3", {}, "In the first stage")];
        if (found) nodes.push(...stage(found, state));
        else if (first) nodes.push(h("p", {}, known(first, state)));
        if (!found && !kept)
            nodes.push(h("p", { class: this.wrong ? "bad" : "quiet" }, this.wrong || "Looking it up."));
        return [...nodes, ...calls(id, this.actions)];
    }
}

/**
 * A document as it was found now, with its place in the search that is shown where it has one: a list fused from more
 * candidates than the search had gives other scores.
 * @param {Found} found
 * @param {State} state
 * @returns {Found}
 */
function withRank(found, state) {
    const candidate = state.documents.get(found.id);
    if (!candidate) return found;
    const { rank, score, sources } = candidate;
    return { ...found, rank, score, sources: sources?.length ? sources : found.sources };
}

/**
 * What is known of a candidate without looking it up.
 * @param {Candidate} candidate
 * @param {State} state
 */
function known({ rank, score, sources = [] }, state) {
    const parts = sources.length ? `: ${sourced(sources)}` : "";
    return `${ordinal(rank)} by ${stageOf(state)}, score ${score.toFixed(3)}${parts}.`;
}

export class FindView {
    /** @param {Actions} actions */
    constructor(actions) {
        this.actions = actions;
        this.state = actions.state;
        this.title = "Where is the document I expected?";
        this.address = ["find"];
        const id = unique("expected");
        this.field = h("input", { type: "search", id, autocomplete: "off", dir: "auto" });
        const onsubmit = (/** @type {SubmitEvent} */ event) => {
            event.preventDefault();
            this.look();
        };
        const label = h("label", { for: id }, "Document id or text");
        const submit = h("button", { class: "plain", type: "submit" }, "Find");
        this.form = h("form", { class: "find", onsubmit }, label, this.field, submit);
        this.result = h("div", { role: "status" });
    }

    nodes() {
        return [this.form, this.result];
    }

    async look() {
        say(this.result, "Looking for it.");
        try {
            const { documents, note } = await find(this.actions, this.field.value);
            const none = documents.length ? "" : "No document of this index has these words.";
            const said = note || none ? [h("p", {}, note || none)] : [];
            this.result.replaceChildren(...said, ...present(documents.flatMap((found) => this.about(found))));
        } catch (error) {
            say(this.result, words(error));
        }
    }

    /** @param {Found} found */
    about(found) {
        const { state, actions } = this;
        const candidate = state.documents.has(found.id);
        const title = candidate ? chip(found.id, actions) : name(found);
        const only = `Not a candidate: only the first ${count(state.documents.size)} were reranked.`;
        return [
            h("h3", { dir: "auto" }, title, h("span", { class: "quiet" }, ` ${found.id}`)),
            // What is asked first comes first.
            candidate ? null : h("p", {}, only),
            ...stage(found, state),
            ...(candidate ? calls(found.id, actions) : []),
        ];
    }
}

/**
 * @param {Found} found
 * @param {State} state
 */
function stage({ rank, score, terms, sources = [], encoder = "", sentences = [] }, state) {
    const worth = `score ${score.toFixed(3)}`;
    const words = terms.length && !encoder ? ", by these words:" : ".";
    /** @type {Child[]} */
    const nodes = [];
    if (rank) nodes.push(h("p", {}, `${ordinal(rank)} by ${stageOf(state)}, ${worth}${words}`));
    else if (encoder || !terms.length) nodes.push(h("p", {}, "It is not among the first 1,000."));
    else if (score > 0) nodes.push(h("p", {}, `Below the first 1,000, ${worth}${words}`));
    else nodes.push(h("p", {}, "It contains no query word, so the first stage cannot retrieve it."));
    if (sources.length) nodes.push(h("p", {}, `${sourced(sources)}.`));
    nodes.push(...sources.flatMap(({ near }) => (near == null ? [] : [h("p", {}, together(near))])));
    if (terms.length && encoder) nodes.push(h("p", {}, "What each word of the query counts in it:"));
    if (terms.length) nodes.push(shares(terms));
    return sentences.length ? [...nodes, ...nearest(sentences, encoder)] : nodes;
}

/** @param {number} near */
const together = (near) =>
    `Closeness in meaning to the query and the first documents of this list together: ${near.toFixed(2)}. ` +
    "This is the closeness that a prompt with scores shows.";

/**
 * @param {{ text: string, nearness: number }[]} sentences
 * @param {string} encoder
 */
function nearest(sentences, encoder) {
    const items = sentences.map(({ text, nearness }) =>
        h(
            "li",
            { dir: "auto" },
            h("span", { class: "label", title: "Nearness to the query" }, nearness.toFixed(2)),
            text,
        ),
    );
    return [
        h("p", {}, `Its sentences nearest to the query, as ${encoder} sees it:`),
        h("ol", { class: "labels" }, items),
    ];
}

/** @param {Found["terms"]} terms */
function shares(terms) {
    const most = Math.max(...terms.map((term) => term.weight), 1e-9);
    const sum = terms.reduce((total, term) => total + term.weight, 0);
    const rows = terms.map((term) => {
        const title = term.words.includes(term.stem) ? "" : `looked up as “${term.stem}”`;
        const text = term.words.join(", ") + (term.often > 1 ? ` ×${term.often}` : "");
        const bar = h("span", { class: "bar", style: `width: ${(100 * term.weight) / most}%` });
        return h(
            "tr",
            {},
            h("th", { scope: "row", dir: "auto", title }, text),
            h("td", { "aria-hidden": "true" }, bar),
            h("td", { class: "number" }, term.weight ? term.weight.toFixed(3) : "0"),
        );
    });
    const together = h("th", { scope: "row" }, "total");
    return h(
        "table",
        { class: "terms" },
        h("caption", { class: "spoken" }, "Share of each word in the score"),
        h("tbody", {}, rows),
        h("tfoot", {}, h("tr", {}, together, h("td"), h("td", { class: "number" }, sum.toFixed(3)))),
    );
}

/**
 * Every comparison a document stood in, what was said of it, and how it ended.
 * @param {string} id
 * @param {Actions} actions
 */
function calls(id, actions) {
    const { state } = actions;
    const stood = [...state.calls.values()].filter((call) => call.documents.includes(id));
    const { settled } = story(state, id);
    if (!stood.length) {
        const none = state.calls.size ? `It stood in no ${noun(state.calls.values())}.` : "No model was asked.";
        return [h("h3", {}, "In the sort"), h("p", {}, none)];
    }
    const rank = settled ? `rank ${settled.rank} settled` : "not settled";
    const shown = state.shortened?.documents[id];
    return [
        h("h3", {}, `In the sort: ${plural(stood.length, noun(stood))}, ${rank}`),
        shown ? h("p", {}, `The model read only its first ${count(shown)} characters, title and text.`) : null,
        ...stood.map((call) => {
            const link = button("link", capital(called(call)), () => actions.call(call.id));
            const blocks = call.reasons
                .filter((reason) => reason.document === id)
                .flatMap((reason) =>
                    folding(h("blockquote", { class: "words", dir: "auto" }, labelled(call, reason, actions, id))),
                );
            const ends = h("p", {}, link, `, round ${call.round}, `, ...outcome(call, id, actions));
            return h("section", { class: "meeting" }, ends, blocks, near(call, id, actions));
        }),
    ];
}

/**
 * The documents nearest to one, of those with which the query was read, by the vectors that ranked them.
 * @param {Call} call
 * @param {string} id
 * @param {Actions} actions
 */
function near({ documents, feedback, nearest }, id, actions) {
    const found = nearest[documents.indexOf(id)] ?? [];
    if (!found.length) return null;
    const inside = documents.indexOf(id) < feedback;
    const items = found.map(({ document, cosine }) =>
        h(
            "li",
            {},
            h("span", { class: "label", title: "Cosine of the two documents' vectors" }, cosine.toFixed(3)),
            chip(document, actions),
        ),
    );
    const of = plural(feedback - Number(inside), inside ? "other document" : "document");
    const about = `${inside ? "It is in the pseudo-query itself. " : ""}Nearest to it in the pseudo-query, of ${of}, by the model's cosine:`;
    return h("div", {}, h("p", {}, about), h("ol", { class: "labels" }, items));
}
