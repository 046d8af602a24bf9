// The page: one custom element that sends a query, reads the stream, and shows the fold of it.

import { h, say } from "./dom.js";
import { Form, Health, Notice, heading } from "./form.js";
import { Panel } from "./panel.js";
import { Results } from "./results.js";
import { empty, ended, fold, running } from "./state.js";
import { Strip, headline } from "./strip.js";
import { Thoughts } from "./thoughts.js";

const BASE = new URL("..", import.meta.url).href;
const GONE = "The server does not answer. What is here stays.";

class Page extends HTMLElement {
    connectedCallback() {
        if (this.shadowRoot) return;
        const actions = {
            base: BASE,
            search: () => this.search(),
            stop: () => this.stop(),
            go: (id) => this.go(id),
            call: (id) => this.panel.open(id),
        };
        this.form = new Form(actions);
        this.health = new Health();
        this.notice = new Notice(actions);
        this.strip = new Strip(actions);
        this.thoughts = new Thoughts(actions);
        this.results = new Results(actions);
        this.panel = new Panel(actions);
        this.panel.otherwise = this.form.field;
        this.where = h("span", { class: "where" });
        this.status = h("p", { class: "status spoken", role: "status" });
        this.begin(empty());
        const root = this.attachShadow({ mode: "open" });
        root.append(h("link", { rel: "stylesheet", href: new URL("page.css", import.meta.url).href }), this.build());
        document.addEventListener("keydown", (event) => this.key(event));
        window.addEventListener("offline", () => this.notice.show("This device is offline. What is here stays."));
        window.addEventListener("online", () => this.notice.show(""));
        this.load();
    }

    build() {
        return h("div", { class: "page" },
            h("header", { class: "top" }, h("h1", {}, "Rank-R1"), this.where, this.health.node),
            h("div", { class: "sticky" }, this.form.node),
            this.form.pills, this.form.examples, this.status,
            h("div", {}, this.strip.node, this.notice.node,
                h("div", { class: "columns" }, this.thoughts.node, this.results.node)),
            this.panel.node);
    }

    // Everything shown is of one search: another state, another page.
    begin(state) {
        this.state = state;
        for (const part of [this.strip, this.thoughts, this.results, this.panel]) part.reset(state);
        this.notice.show("");
        this.said = "";
    }

    async load() {
        try {
            this.catalogue = await (await fetch(`${BASE}api/catalogue`)).json();
        } catch {
            return this.notice.show("The server does not answer. Is it still there? Reload to try again.");
        }
        say(this.where, heading(this.catalogue));
        this.form.offer(this.catalogue);
        this.draw();
        this.watch();
    }

    // Asks how the parts are until all is well.
    async watch() {
        clearTimeout(this.asking);
        let good = false;
        try {
            const { index, model, engine } = await (await fetch(`${BASE}api/health`)).json();
            good = engine === "ready" || this.catalogue.settings.reranker === "none";
            this.engine = engine;
            this.health.update(good ? "good" : engine.startsWith("lost") ? "bad" : "waiting", `Index ${index}. Model ${model}: ${engine}.`);
        } catch {
            this.health.update("bad", "The server does not answer.");
        }
        this.draw();
        if (!good) this.asking = setTimeout(() => this.watch(), document.hidden ? 30000 : 3000);
    }

    async search() {
        let asked;
        try {
            asked = this.form.read();
        } catch (wrong) {
            return this.notice.show(wrong.message);
        }
        this.reading?.abort();
        const reading = (this.reading = new AbortController());
        this.begin({ ...empty(), phase: "started", query: asked.query });
        this.draw();
        try {
            const answer = await fetch(`${BASE}api/search`, {
                method: "POST",
                body: JSON.stringify(asked),
                headers: { "Content-Type": "application/json" },
                signal: reading.signal,
            });
            if (!answer.ok) throw new Error((await answer.json()).error);
            await this.read(answer.body, reading.signal);
            if (running(this.state)) throw new TypeError();
        } catch (error) {
            if (reading.signal.aborted) return;
            // What the browser says of a broken connection differs from browser to browser.
            fold(this.state, { type: "problem", message: error instanceof TypeError ? GONE : error.message });
        }
        this.draw();
        this.watch();
    }

    async read(stream, signal) {
        const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
        let rest = "";
        for (;;) {
            const { value, done } = await reader.read();
            if (done || signal.aborted) return;
            const lines = (rest + value).split("\n");
            rest = lines.pop();
            for (const line of lines) if (line) fold(this.state, JSON.parse(line));
            this.draw();
        }
    }

    stop() {
        if (this.state.run) fetch(`${BASE}api/search/${this.state.run}/stop`, { method: "POST" }).catch(() => this.notice.show(GONE));
    }

    // Draws at the next frame, however often it is asked for until then. A hidden page has no frames and needs none.
    draw() {
        this.frame ??= requestAnimationFrame(() => {
            this.frame = null;
            this.render();
        });
    }

    render() {
        const { state } = this;
        this.form.update(state.phase, running(state));
        this.strip.update(state, this.engine);
        if (state.phase === "failed") this.notice.show(state.message, { again: true });
        this.thoughts.update(state);
        this.results.update(state);
        this.panel.update();
        this.announce();
    }

    // For a screen reader: every rank that settles and the end, not every comparison that starts.
    announce() {
        const { state } = this;
        const moment = `${state.phase}/${state.settled.size}`;
        if (moment === this.said) return;
        this.said = moment;
        say(this.status, ended(state) || state.settled.size || state.phase !== "running" ? headline(state, this.engine) : this.status.textContent);
    }

    go(id) {
        if (matchMedia("(max-width: 1099px)").matches) this.panel.close();
        this.results.go(id);
    }

    key(event) {
        if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "Escape") return this.panel.close();
        if (this.shadowRoot.activeElement?.matches("input, select, textarea")) return;
        if (event.key === "/") {
            event.preventDefault();
            this.form.field.focus();
        } else if (event.key === "j" || event.key === "k") {
            event.preventDefault();
            this.results.step(event.key === "j" ? 1 : -1);
        }
    }
}

customElements.get("rank-page") || customElements.define("rank-page", Page);

export function mount(root) {
    root.replaceChildren(document.createElement("rank-page"));
}
