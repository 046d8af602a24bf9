// The query, the button, and what people change of a search.

import { h, say } from "./dom.js";
import { ask } from "./source.js";
import { count, plural, seconds } from "./words.js";

export class Form {
    constructor(actions) {
        this.actions = actions;
        this.inputs = {};
        this.field = h("input", {
            type: "search",
            id: "query",
            name: "query",
            autocomplete: "off",
            maxlength: "10000",
            placeholder: "Ask a question",
            dir: "auto",
        });
        this.button = h("button", { class: "primary", type: "submit" }, "Search");
        this.stop = h(
            "button",
            { class: "primary stop", type: "button", hidden: true, onclick: () => actions.stop() },
            "Stop",
        );
        this.pills = h("div", { class: "pills", role: "group", "aria-label": "Settings of the search" });
        this.node = h(
            "form",
            { class: "search", role: "search", onsubmit: (event) => this.submit(event) },
            h("label", { for: "query", class: "spoken" }, "Query"),
            this.field,
            this.button,
            this.stop,
        );
        this.examples = h("section", { class: "examples", hidden: true, "aria-label": "Example queries" });
    }

    offer({ settings, indexes, rerankers, retrievers, sorts, orders, limits, topics }) {
        const titled = ({ name, about }) => [name, name === "none" ? "none, first stage only" : `${name}, ${about}`];
        this.inputs = {
            index: choice(
                "Index",
                indexes.map(({ name }) => [name, name]),
                settings.index,
                "The collection that is searched",
            ),
            retriever: choice(
                "First stage",
                retrievers.map((name) => [name, name.toUpperCase()]),
                settings.retriever,
                "What finds the candidates before the model reads them",
            ),
            reranker: choice(
                "Reranker",
                rerankers.map(titled),
                settings.reranker,
                "The model that reads the candidates and chooses",
            ),
            depth: number("Depth", settings.depth, limits.depth, "Candidates taken from the first stage"),
            k: number("Ranks", settings.k, limits.k, "Ranks the model settles, from the top"),
            docs_per_call: number(
                "Per comparison",
                settings.docs_per_call || rerankers[0].docs_per_call || limits.docs_per_call[0],
                limits.docs_per_call,
                "Documents that the model sees together",
            ),
            max_tokens: number(
                "Answer tokens",
                settings.max_tokens || rerankers[0].max_tokens || limits.max_tokens[1],
                limits.max_tokens,
                "Tokens an answer may have: with fewer it may end before its choice, and is then asked again",
            ),
            sort: choice(
                "Sort",
                sorts.map((name) => [name, SORTS[name] || name]),
                settings.sort,
                "How ranks are found from comparisons",
            ),
            order: choice(
                "Order",
                orders.map((name) => [name, name]),
                settings.order || orders[0],
                "How documents stand inside a comparison",
            ),
            seed: number(
                "Seed",
                settings.seed,
                [0, 2 ** 31 - 1],
                "Fixes every shuffle: the same seed, the same questions",
            ),
        };
        this.estimated = h("span", { class: "quiet estimate", role: "status" });
        const nodes = Object.values(this.inputs).map((input) => input.node);
        this.rest = h(
            "details",
            { class: "rest" },
            h("summary", {}, "More settings"),
            h("div", { class: "row" }, nodes.slice(FIRST)),
        );
        this.pills.replaceChildren(
            h("div", { class: "row" }, nodes.slice(0, FIRST)),
            h("div", { class: "below" }, this.rest, this.estimated),
        );
        this.pills.addEventListener("change", () => this.estimate());
        this.estimate();
        this.examples.replaceChildren(
            h("h2", {}, "Try one of these"),
            ...topics.map((topic) =>
                h("button", { class: "example", type: "button", dir: "auto", onclick: () => this.take(topic) }, topic),
            ),
        );
        this.topics = topics.length;
    }

    // What a search will take, by what searches took on this machine.
    async estimate() {
        try {
            const { calls, tokens, seconds: time } = await ask("api/estimate", this.settings());
            const parts = [
                calls ? `about ${plural(calls, "comparison")}` : "no comparison",
                tokens && `${count(Number(tokens.toPrecision(2)))} tokens`,
                time && `${seconds(time)} here`,
            ];
            say(this.estimated, parts.filter(Boolean).join(", "));
        } catch {
            say(this.estimated, ""); // said when it is searched
        }
    }

    // The settings as they are chosen. Throws an error that says what would be right.
    settings() {
        return Object.fromEntries(Object.entries(this.inputs).map(([key, input]) => [key, input.read()]));
    }

    take(query) {
        this.field.value = query;
        this.actions.search();
    }

    submit(event) {
        event.preventDefault();
        this.actions.search();
    }

    // What is asked for. Throws an error that says what would be right.
    read() {
        const query = this.field.value.trim();
        if (!query) throw new Error("Type a query first: a query needs at least one word.");
        return { query, ...this.settings() };
    }

    update(phase, running) {
        const focused = this.node.getRootNode().activeElement;
        this.button.hidden = running;
        this.stop.hidden = !running;
        if (running && focused === this.button) this.stop.focus();
        if (!running && focused === this.stop) this.button.focus();
        this.examples.hidden = phase !== "empty" || !this.topics;
    }
}

const FIRST = 5;
const SORTS = { tournament: "tournament", heapsort: "heapsort, as published", logits: "label probabilities" };

function pill(label, title, input) {
    return h("label", { class: "pill", title }, h("span", {}, label), input);
}

function choice(label, options, value, title) {
    const select = h(
        "select",
        {},
        options.map(([name, text]) => h("option", { value: name, selected: name === value }, text)),
    );
    return { node: pill(label, title, select), read: () => select.value };
}

function number(label, value, [low, high], title) {
    const input = h("input", {
        type: "text",
        inputmode: "numeric",
        size: Math.max(4, String(high).length),
        maxlength: "12",
        value,
    });
    const read = () => {
        const text = input.value.trim();
        if (/^\d+$/.test(text) && Number(text) >= low && Number(text) <= high) return Number(text);
        throw new Error(`${label} must be a whole number from ${low} to ${high}, not “${text}”.`);
    };
    return { node: pill(label, title, input), read };
}

// Which collection is searched and which model answers, in one line.
export function heading({ settings, indexes, rerankers }) {
    const index = indexes.find(({ name }) => name === settings.index);
    const model = rerankers.find(({ name }) => name === settings.reranker);
    const passages = index?.documents ? ` · ${index.documents.toLocaleString("en")} passages` : "";
    return `${settings.index}${passages} · ${answering(settings, model)}`;
}

function answering(settings, model) {
    if (!model || model.name === "none") return "no model, first stage only";
    if (settings.engine === "openai") return `${settings.model || "the model of a server"}, asked as ${model.name}`;
    return `${model.name}, ${model.about}`;
}

// A dot that says how the parts are, in words on hover and for a screen reader.
export class Health {
    constructor() {
        this.node = h("span", { class: "health", tabindex: "0", role: "img", "aria-label": "Health: not known yet" });
    }

    update(state, words) {
        this.node.dataset.state = state;
        this.node.setAttribute("aria-label", words);
        this.node.title = words;
    }
}

export class Notice {
    constructor(actions) {
        this.text = h("span");
        this.again = h(
            "button",
            { class: "link", type: "button", hidden: true, onclick: () => actions.search() },
            "Try again",
        );
        this.node = h("p", { class: "alert", role: "alert", hidden: true }, this.text, " ", this.again);
    }

    show(text, { again = false } = {}) {
        say(this.text, text);
        this.again.hidden = !again;
        this.node.hidden = !text;
    }
}
