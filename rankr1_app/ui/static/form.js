// The query, the button, and what people change of a search.

import { button, focused, h, say } from "./dom.js";
import { edges } from "./edges.js";
import { ask } from "./source.js";
import { count, indexed, own, plural, seconds, short, staged } from "./words.js";

/** @import { Catalogue, Settings } from "./types.d.ts" */
/** @typedef {{ node: HTMLElement, read: () => string | number, write: (value: string) => boolean, select?: HTMLSelectElement }} Input */

// What is wrong with a field, in words.
export class Invalid extends Error {
    /**
     * @param {string} message
     * @param {HTMLElement} field
     */
    constructor(message, field) {
        super(message);
        this.field = field;
    }
}

export class Form {
    /** @param {{ search: () => void, stop: () => void }} page */
    constructor(page) {
        this.page = page;
        /** @type {Record<string, Input>} */
        this.inputs = {};
        /** @type {Settings} The settings that the page begins with. */
        this.initial = {};
        /** @type {HTMLDetailsElement | null} */
        this.rest = null;
        this.topics = 0;
        this.field = h("input", {
            type: "search",
            id: "query",
            name: "query",
            autocomplete: "off",
            placeholder: "Ask a question",
            dir: "auto",
        });
        this.button = h("button", { class: "primary", type: "submit" }, "Search");
        this.stop = button("primary stop", "Stop", () => page.stop(), { hidden: true });
        this.estimated = h("span", { class: "quiet estimate", role: "status" });
        this.lacking = h("p", { class: "quiet lacking", role: "status", hidden: true });
        this.pills = h("div", { class: "pills", role: "group", "aria-label": "Settings of the search" });
        this.line = h("div", { class: "row" });
        this.edged = h("div", { class: "edged" }, this.line);
        const more = () => edges(this.line, this.edged);
        this.line.addEventListener("scroll", more, { passive: true });
        new ResizeObserver(more).observe(this.line);
        this.pills.addEventListener("change", () => this.estimate());
        let soon = 0;
        this.pills.addEventListener("input", () => {
            clearTimeout(soon);
            soon = window.setTimeout(() => this.estimate(), 300);
        });
        // As in any form, though the settings stand beside it.
        this.pills.addEventListener("keydown", (event) => {
            const inside = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
            if (event.key !== "Enter" || !inside || event.isComposing) return;
            event.preventDefault();
            page.search();
        });
        const onsubmit = (/** @type {SubmitEvent} */ event) => {
            event.preventDefault();
            page.search();
        };
        const label = h("label", { for: "query", class: "spoken" }, "Query");
        this.node = h("form", { class: "search", role: "search", onsubmit }, label, this.field, this.button, this.stop);
        this.examples = h("section", { class: "examples", hidden: true, "aria-label": "Example queries" });
    }

    /**
     * Offer what can be chosen. It has its place once it is said what a search will take.
     * @param {Catalogue} catalogue
     */
    offer(catalogue) {
        this.inputs = inputs(catalogue);
        const nodes = Object.values(this.inputs).map((input) => input.node);
        this.line.replaceChildren(...nodes.slice(0, FIRST));
        const more = h("div", { class: "row" }, nodes.slice(FIRST));
        const rest = h("details", { class: "rest" }, h("summary", {}, "More settings"), more);
        this.pills.replaceChildren(this.edged, h("div", { class: "below" }, rest, this.estimated), this.lacking);
        this.rest = rest;
        this.initial = this.settings();
        const { topics } = catalogue;
        this.examples.replaceChildren(
            h("h2", {}, "Try one of these"),
            ...topics
                .slice(0, EXAMPLES)
                .map((topic) => button("example", topic, () => this.take(topic), { dir: "auto" })),
        );
        this.topics = topics.length;
        return this.estimate();
    }

    // The first stage by its name, also where it is left to the index.
    name() {
        const [option] = this.inputs.retriever?.select?.options ?? [];
        if (option && !option.value) say(option, this.automatic ? `automatic: ${staged(this.automatic)}` : "automatic");
    }

    // What a search will take, by what searches took on this machine.
    async estimate() {
        this.name();
        try {
            const { calls, tokens, seconds: time } = await ask("api/estimate", this.asked());
            const parts = [calls ? `about ${plural(calls, "comparison")}` : "no comparison"];
            if (tokens) parts.push(`${count(Number(tokens.toPrecision(2)))} tokens`);
            if (time) parts.push(`${seconds(time)} here`);
            say(this.estimated, parts.join(", "));
        } catch {
            say(this.estimated, ""); // said when it is searched
        }
    }

    /**
     * The settings as they are chosen. Throws an error that says what would be right.
     * @returns {Settings}
     */
    settings() {
        return Object.fromEntries(Object.entries(this.inputs).map(([key, input]) => [key, input.read()]));
    }

    // Settings that are not as the page begins with, as an address holds them.
    changed() {
        const now = Object.entries(this.settings());
        return Object.fromEntries(
            now.flatMap(([key, value]) => (value === this.initial[key] ? [] : [[key, String(value)]])),
        );
    }

    /**
     * Choose the settings that a search was asked with: what it leaves to the model, or does not say, is as the page
     * begins with. What is not offered here is said.
     * @param {Record<string, string | number | null>} settings
     */
    choose(settings) {
        const lacking = Object.entries(this.inputs).flatMap(([key, input]) => {
            // A search is recorded with what its index was searched with.
            const left = key === "retriever" && this.initial[key] === "" && settings[key] === this.automatic;
            const value =
                (left ? "" : settings[key]) || (key === "seed" && settings.seed === 0 ? 0 : this.initial[key]);
            const said = key === "index" && own(value) ? "documents of somebody’s own" : `${key} ${value}`;
            return input.write(String(value)) ? [] : [said];
        });
        const text = `Asked with ${lacking.join(", ")}, which cannot be chosen here.`;
        say(this.lacking, lacking.length ? text : "");
        this.lacking.hidden = !lacking.length;
        this.estimate();
    }

    // What the index that is chosen is searched with where no first stage is chosen; empty where that is not known.
    get automatic() {
        const index = this.inputs.index?.select;
        return index?.selectedOptions[0]?.dataset.retriever ?? "";
    }

    /**
     * Open what a field is folded away in.
     * @param {HTMLElement} [field]
     */
    reveal(field) {
        if (field && this.rest?.contains(field)) this.rest.open = true;
    }

    /** @param {string} query */
    take(query) {
        this.field.value = query;
        this.page.search();
    }

    // What is asked for. Throws an error that says what would be right.
    read() {
        const query = this.field.value.trim();
        if (!query) throw new Invalid("Type a query first: a query needs at least one word.", this.field);
        const { length } = Array.from(query);
        if (length > LONGEST) {
            const text = `This query has ${count(length)} characters, at most ${count(LONGEST)} are taken.`;
            throw new Invalid(text, this.field);
        }
        return { query, ...this.asked() };
    }

    // The settings as they are asked with: what another model is not trained for, and nobody chose, is left to it.
    asked() {
        const settings = this.settings();
        if (settings.reranker === this.initial.reranker) return settings;
        const left = TRAINED.filter((key) => settings[key] === this.initial[key]);
        return Object.fromEntries(Object.entries(settings).filter(([key]) => !left.includes(key)));
    }

    /**
     * @param {boolean} running
     * @param {boolean} idle whether nothing is shown yet
     */
    update(running, idle) {
        const focus = focused(this.node);
        this.button.hidden = running;
        this.stop.hidden = !running;
        if (running && focus === this.button) this.stop.focus();
        if (!running && focus === this.stop) this.button.focus();
        this.examples.hidden = !idle || !this.topics;
    }
}

const FIRST = 5;
/** What is as a model was trained unless somebody chooses otherwise. */
export const TRAINED = ["docs_per_call", "max_tokens", "order"];
const EXAMPLES = 3;
/** Characters of a query that are taken. */
const LONGEST = 10_000;
/** @type {Record<string, string>} */
const SORTS = {
    auto: "the quickest here",
    tournament: "tournament",
    chain: "guessed chain",
    "short-chain": "guessed chain of short comparisons",
    heapsort: "heapsort, as published",
    logits: "label probabilities",
};

/**
 * @param {Catalogue} catalogue
 * @returns {Record<string, Input>}
 */
function inputs({ settings, indexes, rerankers, retrievers, sorts, orders, rewrites, limits }) {
    // A model that has no choice reads one document a call and writes nothing: what it is asked with is left to it.
    const first = rerankers.find(({ name }) => name === settings.reranker) ?? rerankers[0];
    const titled = rerankers.map(
        ({ name, about }) =>
            /** @type {[string, string]} */ ([name, name === "none" ? "none, first stage only" : `${name}, ${about}`]),
    );
    const per = Math.max(Number(settings.docs_per_call || first.docs_per_call), limits.docs_per_call[0]);
    const most = Math.max(
        Number(settings.max_tokens || first.max_tokens || limits.max_tokens[1]),
        limits.max_tokens[0],
    );
    const found = "Retriever that finds the candidates before the model reads them";
    const ways = [/** @type {Option} */ (["", "as it is"]), ...Object.entries(rewrites)];
    const made = "What the model makes of the query before it is searched for; it still ranks by the query as asked";
    const answers = "Tokens an answer may have: with fewer it may end before its choice, and is then asked again";
    return {
        index: collection(indexes, settings.index),
        retriever: choice("First stage", retrievers.map(retriever), settings.retriever, found),
        reranker: choice("Reranker", titled, settings.reranker, "The model that reads the candidates and chooses"),
        depth: number("Depth", settings.depth, limits.depth, "Candidates taken from the first stage"),
        k: number("Top k", settings.k, limits.k, "Ranks the model settles, from the top"),
        docs_per_call: number(
            "Documents per comparison",
            per,
            limits.docs_per_call,
            "Documents that the model sees together, at most",
        ),
        max_tokens: number("Max. answer tokens", most, limits.max_tokens, answers),
        sort: choice("Sort", sorts.map(sorted), settings.sort, "How ranks are found from comparisons"),
        order: choice(
            "Document order",
            orders.map(plain),
            settings.order || orders[0],
            "Order of the documents in the prompt",
        ),
        ...(ways.length > 1 ? { rewrite: choice("Query", ways, settings.rewrite, made) } : {}),
        seed: number("Seed", settings.seed, [0, 2 ** 31 - 1], "Seed of every shuffle: the same seed, the same prompts"),
    };
}

/**
 * The choice of what is searched, which knows what each is searched with.
 * @param {Catalogue["indexes"]} indexes
 * @param {string | number | null} value
 */
function collection(indexes, value) {
    const made = choice("Index", indexes.map(same), value, "The collection that is searched");
    indexes.forEach(({ retriever }, n) => (made.select.options[n].dataset.retriever = retriever));
    return made;
}

/** @typedef {[value: string, text: string]} Option */

/** @type {(index: { name: string }) => Option} */
const same = ({ name }) => [name, name];
/** @type {(name: string) => Option} */
const plain = (name) => [name, name];
/** @type {(name: string) => Option} */
const retriever = (name) => [name, staged(name) || "automatic"];
/** @type {(name: string) => Option} */
const sorted = (name) => [name, SORTS[name] || name];

/**
 * @param {string} label
 * @param {string} title
 * @param {HTMLElement} input
 */
function pill(label, title, input) {
    return h("label", { class: "pill", title }, h("span", {}, label), input);
}

/**
 * @param {string} label
 * @param {Option[]} options
 * @param {string | number | null} value
 * @param {string} title
 * @returns {Input & { select: HTMLSelectElement }}
 */
function choice(label, options, value, title) {
    const select = h(
        "select",
        {},
        options.map(([name, text]) => h("option", { value: name, selected: name === value }, text)),
    );
    const write = (/** @type {string} */ text) => {
        const offered = Array.from(select.options).some(({ value }) => value === text);
        if (offered) select.value = text;
        return offered;
    };
    return { node: pill(label, title, select), read: () => select.value, write, select };
}

/**
 * @param {string} label
 * @param {string | number | null} value
 * @param {[number, number]} limits
 * @param {string} title
 * @returns {Input}
 */
function number(label, value, [low, high], title) {
    const size = Math.max(4, String(high).length);
    const input = h("input", { type: "text", inputmode: "numeric", size, value });
    const read = () => {
        const text = input.value.trim();
        if (/^\d+$/.test(text) && Number(text) >= low && Number(text) <= high) return Number(text);
        throw new Invalid(`${label} must be a whole number from ${low} to ${high}, not “${short(text)}”.`, input);
    };
    const write = (/** @type {string} */ text) => {
        input.value = text;
        return true;
    };
    return { node: pill(label, title, input), read, write };
}

/**
 * Which collection is searched, what finds and which model answers, in one line: of the search that is shown, else of
 * the next one.
 * @param {Catalogue} catalogue
 * @param {Settings} [settings] what a search was asked with
 */
export function heading({ settings: next, indexes, rerankers }, settings = next) {
    const index = indexes.find(({ name }) => name === settings.index);
    const passages = index?.documents ? ` · ${count(index.documents)} passages` : "";
    // What the next search leaves to its index is named too, so that the line stays as it is when that begins.
    const first = settings.retriever || (settings === next && index?.retriever);
    const stage = first ? ` · ${staged(String(first))}` : "";
    return `${indexed(String(settings.index))}${passages}${stage} · ${answering(settings, rerankers)}`;
}

/**
 * @param {Settings} settings
 * @param {Catalogue["rerankers"]} rerankers
 */
function answering({ reranker, engine, model }, rerankers) {
    if (!reranker || reranker === "none") return "no model, first stage only";
    if (engine === "openai") return `${model || "the model of a server"}, prompted as ${reranker}`;
    const about = rerankers.find(({ name }) => name === reranker)?.about;
    return about ? `${reranker}, ${about}` : String(reranker);
}
