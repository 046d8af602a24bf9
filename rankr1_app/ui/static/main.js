// The page: one custom element that sends a query, reads the stream, and shows the fold of it.

import { Card } from "./card.js";
import { arrange, h, plural, say } from "./dom.js";
import { Panel } from "./panel.js";
import { RUNNING, empty, fold, order, progress } from "./state.js";
import { Thoughts } from "./thoughts.js";
import { STATUS } from "./words.js";

const BASE = new URL("..", import.meta.url).href;

class Page extends HTMLElement {
    connectedCallback() {
        if (this.shadowRoot) return;
        const root = this.attachShadow({ mode: "open" });
        const style = h("link", { rel: "stylesheet", href: new URL("page.css", import.meta.url).href });
        this.state = empty();
        this.cards = new Map();
        this.dots = new Map();
        this.drawn = false;
        this.actions = { go: (id) => this.go(id), call: (id) => this.panel.call(id, this.state, BASE) };
        this.thoughts = new Thoughts(this.actions);
        this.panel = new Panel(this.actions);
        root.append(style, this.build());
        root.addEventListener("keydown", (event) => this.key(event));
        document.addEventListener("keydown", (event) => this.key(event));
        window.addEventListener("offline", () => this.alert("This device is offline. What is shown stays."));
        window.addEventListener("online", () => this.alert(""));
        this.load();
    }

    build() {
        this.field = h("input", { type: "search", id: "query", name: "query", autocomplete: "off", maxlength: "10000", placeholder: "Ask a question", dir: "auto", required: true });
        this.button = h("button", { class: "primary", type: "submit" }, "Search");
        this.stopper = h("button", { class: "primary stop", type: "button", hidden: true, onclick: () => this.stop() }, "Stop");
        this.pills = h("div", { class: "pills" });
        this.estimate = h("span", { class: "quiet estimate" });
        this.where = h("span", { class: "where" });
        this.dot = h("span", { class: "health", tabindex: "0", role: "img", "aria-label": "Health: not known yet" });
        this.examples = h("section", { class: "examples", hidden: true, "aria-label": "Example queries" });
        this.strip = h("section", { class: "strip", hidden: true, "aria-label": "Progress" });
        this.status = h("p", { class: "status", role: "status", "aria-live": "polite" });
        this.note = h("p", { class: "alert", role: "alert", hidden: true });
        this.again = h("button", { class: "link", type: "button", hidden: true, onclick: () => this.search() }, "Try again");
        this.list = h("ol", { class: "results" });
        this.tail = h("ol", { class: "results" });
        this.rest = h("details", { class: "tail", hidden: true }, h("summary"), this.tail);
        this.calls = h("div", { class: "dots" });
        this.figures = h("p", { class: "figures" });
        this.strip.append(this.calls, this.figures);
        const form = h("form", { class: "search", role: "search", onsubmit: (event) => { event.preventDefault(); this.search(); } },
            h("label", { for: "query", class: "hidden" }, "Query"), this.field, this.button, this.stopper);
        return h("div", { class: "page" },
            h("header", { class: "top" }, h("h1", {}, "Rank-R1"), this.where, this.dot),
            h("div", { class: "sticky" }, form), this.pills, this.examples,
            h("main", {}, this.strip, this.status, this.note, this.again, this.thoughts.node,
                h("section", { "aria-label": "Results" }, this.list, this.rest)),
            this.panel.node);
    }

    async load() {
        try {
            const answer = await fetch(`${BASE}api/catalogue`);
            this.catalogue = await answer.json();
        } catch {
            this.alert("The server does not answer. Is it still there? Reload to try again.");
            return;
        }
        const { settings, indexes, rerankers, retrievers, limits, topics } = this.catalogue;
        const index = indexes.find((known) => known.name === settings.index);
        const model = rerankers.find((known) => known.name === settings.reranker);
        say(this.where, `${settings.index}${index?.documents ? ` · ${plural(index.documents, "passage")}` : ""} · ${asked(settings, model)}`);
        this.inputs = {
            index: choice("Index", indexes.map((known) => [known.name, known.name]), settings.index),
            retriever: choice("First stage", retrievers.map((name) => [name, name]), settings.retriever),
            reranker: choice("Reranker", rerankers.map((known) => [known.name, known.name === "none" ? "none (first stage only)" : `${known.name} (${known.about})`]), settings.reranker),
            depth: number("Depth", settings.depth, limits.depth, "Candidates taken from the first stage"),
            k: number("Ranks", settings.k, limits.k, "Ranks the model settles, from the top"),
        };
        this.pills.replaceChildren(...Object.values(this.inputs).map((input) => input.node));
        this.examples.replaceChildren(h("h2", {}, "Try one of these"), ...topics.map((topic) => h("button", { class: "example", type: "button", onclick: () => { this.field.value = topic; this.search(); } }, topic)));
        this.examples.hidden = topics.length === 0 || this.state.phase !== "empty";
        this.watch();
    }

    async watch() {
        const again = () => setTimeout(() => this.watch(), document.hidden ? 30000 : 5000);
        try {
            const health = await (await fetch(`${BASE}api/health`)).json();
            const words = `Index ${health.index}. Model ${health.model}: ${health.engine}.`;
            const good = health.engine === "ready" || this.catalogue.settings.reranker === "none";
            this.dot.dataset.state = good ? "good" : health.engine.startsWith("lost") ? "bad" : "waiting";
            this.dot.setAttribute("aria-label", words);
            this.dot.title = words;
            this.engine = health.engine;
            this.draw();
            if (!good) again();
        } catch {
            this.dot.dataset.state = "bad";
            this.dot.title = "The server does not answer.";
            again();
        }
    }

    async search() {
        const query = this.field.value.trim();
        if (!query) return this.alert("Type a query first: a query needs at least one word.");
        const asked = { query };
        for (const [name, input] of Object.entries(this.inputs || {})) {
            const value = input.value();
            if (value === null) return this.alert(`${input.label} must be a whole number from ${input.low} to ${input.high}.`);
            asked[name] = value;
        }
        this.reading?.abort();
        this.reading = new AbortController();
        const mine = this.reading;
        this.reset();
        this.state.phase = "started";
        this.state.query = query;
        this.draw();
        try {
            const answer = await fetch(`${BASE}api/search`, { method: "POST", body: JSON.stringify(asked), headers: { "Content-Type": "application/json" }, signal: mine.signal });
            if (!answer.ok) throw new Error((await answer.json()).error);
            await this.read(answer.body, mine);
            if (RUNNING.has(this.state.phase)) fold(this.state, { type: "problem", message: "The connection to the server was lost. What was settled is kept." });
        } catch (error) {
            if (mine.signal.aborted) return;
            fold(this.state, { type: "problem", message: error.message === "Failed to fetch" ? "The server does not answer. What was settled is kept." : error.message });
        }
        this.draw();
        this.watch();
    }

    async read(stream, mine) {
        const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
        let rest = "";
        for (;;) {
            const { value, done } = await reader.read();
            if (done || mine.signal.aborted) return;
            const lines = (rest + value).split("\n");
            rest = lines.pop();
            for (const line of lines) if (line) fold(this.state, JSON.parse(line));
            this.draw();
        }
    }

    stop() {
        if (this.state.run) fetch(`${BASE}api/search/${this.state.run}/stop`, { method: "POST" });
    }

    reset() {
        this.state = empty();
        this.cards.clear();
        this.dots.clear();
        this.list.replaceChildren();
        this.tail.replaceChildren();
        this.calls.replaceChildren();
        this.thoughts.clear();
        this.panel.close();
        this.alert("");
    }

    alert(text) {
        say(this.note, text);
        this.note.hidden = !text;
    }

    draw() {
        if (this.drawn) return;
        this.drawn = true;
        requestAnimationFrame(() => {
            this.drawn = false;
            this.render();
        });
    }

    render() {
        const { state } = this;
        const running = RUNNING.has(state.phase);
        this.button.hidden = running;
        this.stopper.hidden = !running;
        this.examples.hidden = state.phase !== "empty" || !this.catalogue?.topics.length;
        this.again.hidden = state.phase !== "failed";
        this.strip.hidden = state.phase === "empty";
        if (state.phase === "failed") this.alert(state.message);
        say(this.status, this.words());
        this.dotted();
        this.thoughts.update(state);
        this.results();
    }

    words() {
        const { state } = this;
        const done = progress(state);
        const k = Math.min(state.settings.k || 0, state.candidates.length);
        const unreadable = done.unreadable ? ` ${plural(done.unreadable, "answer")} could not be read.` : "";
        switch (state.phase) {
            case "empty": return "";
            case "started": return "Searching the index.";
            case "listed": return state.candidates.length ? (this.engine === "ready" ? "The first stage is done." : "The first stage is done. The model is still starting; the list below is in first-stage order.") : "Nothing found.";
            case "running": return `Comparison ${done.started}${state.expected ? ` of about ${Math.max(state.expected, done.started)}` : ""}. ${state.settled.size} of ${plural(k, "rank")} settled.${unreadable}`;
            case "stopped": return `Stopped. ${plural(state.settled.size, "rank")} settled, the rest is in first-stage order.${unreadable}`;
            case "failed": return `Not finished. ${plural(state.settled.size, "rank")} settled and kept.${unreadable}`;
        }
        if (!state.candidates.length) return "No passage shares a word with this query. Try other words.";
        if (!state.calls.size) return state.settings.reranker === "none" ? "First stage only, no model was asked." : "Done. There was nothing to compare.";
        return `Done. ${plural(state.settled.size, "rank")} settled in ${plural(state.totals.calls, "comparison")}.${unreadable}`;
    }

    dotted() {
        const { state } = this;
        for (const call of state.calls.values()) {
            let dot = this.dots.get(call.id);
            if (!dot) {
                dot = h("button", { class: "dot", type: "button", onclick: () => this.actions.call(call.id) });
                this.dots.set(call.id, dot);
                this.calls.append(dot);
            }
            if (dot.dataset.status !== call.status) {
                dot.dataset.status = call.status;
                dot.title = `Comparison ${call.id}: ${call.purpose}; ${STATUS[call.status]}`;
                dot.setAttribute("aria-label", dot.title);
            }
        }
        const done = progress(state);
        const seconds = state.totals?.seconds ?? state.seconds;
        const parts = [];
        if (state.candidates.length) parts.push(`${state.score} ${state.seconds.toFixed(2)} s`);
        if (state.calls.size) parts.push(`${plural(done.done, "comparison")} done`, `${done.read.toLocaleString("en")} tokens read`, `${done.tokens.toLocaleString("en")} written`);
        if (state.totals) parts.push(`${seconds.toFixed(1)} s in all`);
        else if (state.calls.size) parts.push(`${Math.max(...[...state.calls.values()].map((call) => call.at + (call.seconds || 0))).toFixed(1)} s so far`);
        say(this.figures, parts.join(" · "));
    }

    results() {
        const { state } = this;
        const ids = order(state);
        const shown = state.settings.reranker === "none" ? ids.length : Math.max(state.settings.k || 10, state.settled.size);
        const nodes = ids.map((id, place) => {
            let card = this.cards.get(id);
            if (!card) {
                card = new Card(state.byId.get(id), state, this.actions);
                this.cards.set(id, card);
            }
            card.update(state, place + 1);
            return card.node;
        });
        arrange(this.list, nodes.slice(0, shown));
        arrange(this.tail, nodes.slice(shown));
        // What the reader opened is not folded away with the rest.
        if (ids.slice(shown).some((id) => this.cards.get(id).opened)) this.rest.open = true;
        this.rest.hidden = nodes.length <= shown;
        say(this.rest.firstChild, `${plural(nodes.length - shown, "more candidate")}, in first-stage order`);
    }

    go(id) {
        const node = this.cards.get(id)?.node;
        if (!node) return;
        if (this.tail.contains(node)) this.rest.open = true;
        if (matchMedia("(max-width: 900px)").matches) this.panel.close();
        node.focus({ preventScroll: true });
        node.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    }

    key(event) {
        if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "Escape") return this.panel.close();
        const active = this.shadowRoot.activeElement;
        if (active?.matches("input, select, textarea")) return;
        if (event.key === "/") {
            event.preventDefault();
            this.field.focus();
        } else if (event.key === "j" || event.key === "k") {
            event.preventDefault();
            const cards = [...this.list.children];
            const at = cards.findIndex((card) => card.contains(active));
            cards[Math.max(0, Math.min(cards.length - 1, at + (event.key === "j" ? 1 : -1)))]?.focus();
        }
    }
}

// Which model answers, and what it is.
function asked(settings, model) {
    if (!model || model.name === "none") return "no model, first stage only";
    return settings.engine === "openai" ? `${settings.model || "the model of a server"}, asked as ${model.name}` : `${model.name}, ${model.about}`;
}

function choice(label, options, value) {
    const select = h("select", {}, ...options.map(([name, text]) => h("option", { value: name }, text)));
    select.value = value;
    return { label, node: h("label", { class: "pill" }, h("span", {}, label), select), value: () => select.value };
}

function number(label, value, [low, high], title) {
    const input = h("input", { type: "number", min: low, max: high, step: "1", value, title, inputmode: "numeric" });
    const read = () => (/^\d+$/.test(input.value) && input.value >= low && input.value <= high ? Number(input.value) : null);
    return { label, low, high, node: h("label", { class: "pill" }, h("span", {}, label), input), value: read };
}

customElements.get("rank-page") || customElements.define("rank-page", Page);

export function mount(root) {
    root.replaceChildren(document.createElement("rank-page"));
}
