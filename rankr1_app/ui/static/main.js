// The page: one custom element that sends a query, reads the stream, and shows the fold of it.

import { CallView } from "./call.js";
import { h, say } from "./dom.js";
import { Form, Health, Notice, heading } from "./form.js";
import { History, addressed } from "./history.js";
import { CompareView, DocumentView, FindView } from "./inquiry.js";
import { Panel } from "./panel.js";
import { Player } from "./player.js";
import { Results } from "./results.js";
import { Sort } from "./sort.js";
import { ask, base, kept, style } from "./source.js";
import { Stability } from "./stability.js";
import { empty, ended, fold, order, running } from "./state.js";
import { Strip, headline } from "./strip.js";
import { Thoughts } from "./thoughts.js";
import { name, recorded, short } from "./words.js";

const GONE = "The server does not answer. What is here stays.";
const FORMS = { run: "TREC run", json: "JSON", jsonl: "Recording", html: "Page that opens offline" };

class Page extends HTMLElement {
    connectedCallback() {
        if (this.shadowRoot) return;
        const actions = {
            search: () => this.search(),
            stop: () => this.stop(),
            go: (id) => this.go(id),
            call: (id) => this.state.calls.has(id) && this.panel.show(new CallView(id, this.state, actions)),
            document: (id) => this.panel.show(new DocumentView(id, this.state, actions)),
            compare: (id) => this.compare(id, actions),
            renew: (view) => this.panel.renew(view),
            place: (id) => order(this.state).indexOf(id) + 1,
            settings: () => this.asked(),
            recording: (run) => this.open(run),
            sort: () => this.whole(),
        };
        this.actions = actions;
        this.form = new Form(actions);
        this.health = new Health();
        this.notice = new Notice(actions);
        this.strip = new Strip(actions);
        this.sort = new Sort(actions);
        this.thoughts = new Thoughts(actions);
        this.results = new Results(actions);
        this.stability = new Stability(actions);
        this.panel = new Panel();
        this.panel.otherwise = this.form.field;
        this.where = h("span", { class: "where" });
        this.status = h("p", { class: "status spoken", role: "status" });
        this.picked = h("p", { class: "picked", role: "status", hidden: true });
        this.player = new Player({ begin: (lines) => this.from(lines), more: (lines) => this.more(lines) });
        this.keep = h("section", { class: "keep", hidden: true, "aria-label": "Keep and look further" });
        this.history = kept ? null : new History(actions);
        this.begin(empty());
        const root = this.attachShadow({ mode: "open" });
        root.append(style(), this.build());
        document.addEventListener("keydown", (event) => this.key(event));
        if (kept) return this.replay(kept.lines);
        window.addEventListener("offline", () => this.notice.show("This device is offline. What is here stays."));
        window.addEventListener("online", () => this.notice.show(""));
        window.addEventListener("popstate", () => this.arrive());
        this.load();
    }

    build() {
        return h(
            "div",
            { class: "page" },
            h("header", { class: "top" }, h("h1", {}, "Rank-R1"), this.where, kept ? null : this.health.node),
            kept
                ? null
                : [
                      h("div", { class: "sticky" }, this.form.node),
                      this.form.pills,
                      this.form.examples,
                      this.history.node,
                  ],
            this.status,
            h(
                "div",
                {},
                this.player.node,
                this.strip.node,
                this.sort.node,
                this.notice.node,
                h(
                    "div",
                    { class: "columns" },
                    this.thoughts.node,
                    h("div", { class: "found" }, this.picked, this.results.node, this.stability.node, this.keep),
                ),
            ),
            this.panel.node,
        );
    }

    // Everything shown is of one search: another state, another page.
    begin(state) {
        this.state = state;
        for (const part of [this.strip, this.sort, this.thoughts, this.results, this.stability, this.panel])
            part.reset(state);
        this.notice.show("");
        this.said = "";
        this.pick(null);
    }

    // What this search was asked with, where it was; else what the form says.
    asked() {
        const now = this.form.settings();
        return Object.fromEntries(
            Object.entries(now).map(([name, value]) => [name, this.state.settings[name] ?? value]),
        );
    }

    async load() {
        try {
            this.catalogue = await ask("api/catalogue");
        } catch {
            return this.notice.show("The server does not answer. Is it still there? Reload to try again.");
        }
        say(this.where, heading(this.catalogue));
        this.form.offer(this.catalogue);
        this.arrive();
        this.draw();
        this.watch();
    }

    // What the address names: a search as it was, a query to ask, or nothing.
    arrive() {
        const { run, query } = addressed();
        this.form.field.value = query;
        if (run && run !== this.state.run) this.open(run);
        else if (!run) {
            this.reading?.abort();
            this.player.close();
            this.begin(empty());
            this.draw();
        }
    }

    // A kept search as it was. Its events can be played again as they came.
    async open(run) {
        this.reading?.abort();
        const reading = (this.reading = new AbortController());
        this.player.close();
        this.begin({ ...empty(), phase: "started", run });
        this.draw();
        try {
            const answer = await fetch(`${base}api/recordings/${encodeURIComponent(run)}`, { signal: reading.signal });
            if (!answer.ok) throw new Error((await answer.json()).error);
            const lines = (await answer.text())
                .split("\n")
                .filter(Boolean)
                .map((line) => JSON.parse(line));
            this.replay(lines);
        } catch (error) {
            if (reading.signal.aborted) return;
            this.begin(empty());
            this.notice.show(`This search cannot be opened: ${error.message}. Search again to ask anew.`);
            this.draw();
        }
    }

    // At its end, with a choice of any moment of it.
    replay(lines) {
        const state = empty();
        for (const line of lines) fold(state, line);
        const whole = ended(state)
            ? lines
            : [...lines, { type: "problem", message: "The recording ends in the middle of the search." }];
        this.form.field.value = state.query;
        if (kept) say(this.where, `“${short(state.query, 120)}”`);
        this.player.load(whole, recorded(state));
    }

    from(lines) {
        this.begin({ ...empty(), phase: "started" });
        this.more(lines);
    }

    more(lines) {
        for (const line of lines) fold(this.state, line);
        this.draw();
    }

    // Asks how the parts are until all is well.
    async watch() {
        clearTimeout(this.asking);
        let good = false;
        try {
            const { index, model, engine } = await ask("api/health");
            good = engine === "ready" || this.catalogue.settings.reranker === "none";
            this.engine = engine;
            this.health.update(
                good ? "good" : engine.startsWith("lost") ? "bad" : "waiting",
                `Index ${index}. Model ${model}: ${engine}.`,
            );
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
        this.player.close();
        this.begin({ ...empty(), phase: "started", query: asked.query });
        this.draw();
        try {
            const answer = await fetch(`${base}api/search`, {
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
            if (this.state.started && this.added !== this.state.run) {
                this.added = this.state.run;
                this.history.add(this.state);
            }
            this.draw();
        }
    }

    stop() {
        if (this.state.run)
            fetch(`${base}api/search/${this.state.run}/stop`, { method: "POST" }).catch(() => this.notice.show(GONE));
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
        this.form.update(state.phase, running(state) && !this.player.open);
        this.history?.update(state.phase);
        this.strip.update(state, this.engine);
        this.sort.update(state);
        if (state.phase === "failed") this.notice.show(state.message, { again: true });
        this.thoughts.update(state);
        this.results.update(state);
        this.stability.update(state);
        this.panel.update();
        this.keeping();
        this.announce();
        this.thoughts.follow(state);
    }

    // What can be kept of a search that is over, and what can be asked of it.
    keeping() {
        const { state } = this;
        const ready = ended(state) && state.run && state.documents.size > 0;
        if (this.keep.hidden !== ready) return;
        this.keep.hidden = !ready;
        if (!ready || kept) return void (this.keep.hidden = true);
        const link = ([form, text]) =>
            h("a", { href: `${base}api/recordings/${state.run}/download?form=${form}`, download: "" }, text);
        this.keep.replaceChildren(
            h("h2", {}, "Keep and look further"),
            h(
                "p",
                {},
                h(
                    "button",
                    {
                        class: "plain",
                        type: "button",
                        onclick: () => this.panel.show(new FindView(this.state, this.actions)),
                    },
                    "Where is the document I expected?",
                ),
            ),
            h(
                "p",
                { class: "downloads" },
                "Download: ",
                ...Object.entries(FORMS).flatMap((form, n) => [n ? " · " : "", link(form)]),
            ),
            h("p", { class: "quiet" }, "The address of this page opens this search again, as it is."),
        );
    }

    whole() {
        this.sort.toggle();
        this.strip.opened(this.sort.open);
    }

    // The first of two documents is kept in mind, the second one opens the comparison.
    compare(id, actions) {
        if (!this.first || this.first === id) return this.pick(this.first === id ? null : id);
        const first = this.first;
        this.pick(null);
        this.panel.show(new CompareView(first, id, this.state, actions));
    }

    pick(id) {
        this.first = id;
        this.picked.hidden = id === null;
        if (id === null) return;
        this.picked.replaceChildren(
            `“${short(name(this.state.documents.get(id), id), 60)}” is to be compared: choose Compare on another document. `,
            h("button", { class: "link", type: "button", onclick: () => this.pick(null) }, "Leave it"),
        );
    }

    // For a screen reader: every rank that settles and the end, not every comparison that starts.
    announce() {
        const { state } = this;
        const moment = `${state.phase}/${state.settled.size}`;
        if (moment === this.said) return;
        this.said = moment;
        say(
            this.status,
            ended(state) || state.settled.size || state.phase !== "running"
                ? headline(state, this.engine)
                : this.status.textContent,
        );
    }

    go(id) {
        if (matchMedia("(max-width: 1099px)").matches) this.panel.close();
        this.results.go(id);
    }

    key(event) {
        if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "Escape") return this.panel.node.hidden ? this.pick(null) : this.panel.close();
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
