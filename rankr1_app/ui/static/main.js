// The page: one custom element around a form and the search that it shows.

import { Comparison } from "./compared.js";
import { button, h, present, say } from "./dom.js";
import { Form, Invalid, heading } from "./form.js";
import { Health } from "./health.js";
import { History } from "./history.js";
import { listen } from "./keys.js";
import { KnownIndexes } from "./known.js";
import { Notice } from "./notice.js";
import { OwnDocuments } from "./own.js";
import { Panel } from "./panel.js";
import { Picker } from "./picker.js";
import { address, addressed, moved, showing, viewing, visit } from "./route.js";
import { words } from "./search.js";
import { regain } from "./regain.js";
import { ask, base, kept, style } from "./source.js";
import { follow } from "./theme.js";
import { SearchView } from "./view.js";
import { indexed, own, short } from "./words.js";

/** @import { Catalogue, Settings } from "./types.d.ts" */

/** Milliseconds after which the page is shown as far as it has come. */
const LATEST = 1500;

// Wait for two frames: what was drawn has been laid out and measured.
async function frames() {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
}

class Page extends HTMLElement {
    /** @type {Catalogue | null} */
    catalogue = null;
    /** @type {AbortController | null} As long as this element stands in a document. */
    #life = null;
    #added = "";
    /** What is chosen before a search, and what one may begin with. */
    choices = h("div");
    #arriving = false;
    /** @type {Record<string, string>} Settings of the last search that are not as the page begins with. */
    #changed = {};

    constructor() {
        super();
        this.form = new Form({ search: () => this.search(), stop: () => this.halt() });
        this.picker = new Picker(() => this.search(true));
        this.health = new Health((engine) => this.healthy(engine));
        this.notice = new Notice(() => this.search());
        this.panel = new Panel(this.form.field, (parts, open) => this.#arriving || kept || showing(parts, open));
        this.view = new SearchView({
            panel: this.panel,
            settings: () => this.form.settings(),
            again: () => this.search(),
            notice: kept ? undefined : this.notice,
            drawn: () => this.drawn(),
            viewed: (way) => kept || viewing(way),
        });
        this.comparison = new Comparison({
            visit: (href) => visit(href),
            drawn: () => this.drawn(),
            engine: () => this.view.engine,
            judge: () => this.catalogue?.rerankers.find(({ family }) => family === "judge")?.name ?? "",
        });
        this.where = h("span", { class: "where" });
        // What else a reader may search with or in.
        this.extras = h("div", { class: "extras" });
        this.lead = h(
            "p",
            { class: "lead" },
            "Every result says why it is where it is, in the ranking model's own words.",
        );
        this.history = kept ? null : new History((href) => this.go(href));
        const indexes = {
            select: () => this.form.pills.querySelector("select"),
            chosen: () => void this.form.estimate(),
            // The recordings of searches in them are gone too.
            deleted: () => own(String(this.state.settings.index)) && this.go(base),
        };
        this.own = kept ? null : new OwnDocuments(indexes);
        this.known = kept ? null : new KnownIndexes(indexes);
        const sheet = style();
        this.sheetReady = kept ? null : new Promise((done) => (sheet.onload = sheet.onerror = done));
        this.body = this.build();
        // Said here, since its style sheet has yet to come.
        if (!kept) this.body.style.opacity = "0";
        this.attachShadow({ mode: "open" }).append(sheet, this.body);
    }

    // What is shown, for whoever looks at the page from outside.
    get state() {
        return this.view.state;
    }

    get player() {
        return this.view.player;
    }

    build() {
        const { form, view, history } = this;
        const top = h("header", { class: "top" }, h("h1", {}, "Rank-R1"), this.where, kept ? null : this.health.node);
        const sticky = h("div", { class: "sticky" }, form.node, this.notice.node);
        const begin = history && h("div", {}, form.examples, history.node);
        const intro = h("div", { class: "intro" }, begin, history?.stage ?? null);
        this.extras.append(...present([this.picker.node, this.known?.node, this.own?.node]));
        this.choices.append(...(history ? [form.pills, this.extras, intro] : []));
        const { comparison } = this;
        const asking = history ? [this.lead, sticky, this.choices] : [];
        const keys = button("link", "Keys", () => view.keys(), { "aria-keyshortcuts": "?", title: "?" });
        this.foot = h("footer", { class: "foot" }, keys);
        const skip = button("skip", "Skip to the results", () => (comparison.open ? comparison : view.results).reach());
        const shown = [...asking, view.node, comparison.node, this.foot, this.panel.node];
        const page = h("div", { class: "page" }, skip, top, shown);
        regain(page, () => this.place);
        return page;
    }

    // What the reader looks at, nothing on the first screen.
    get place() {
        if (this.panel.open) return this.panel.title;
        if (this.comparison.open) return this.comparison.title;
        return this.state.phase === "empty" ? null : this.view.results.head;
    }

    connectedCallback() {
        const life = (this.#life = new AbortController());
        const { signal } = life;
        follow(this, signal);
        const keys = {
            inside: () => this.shadowRoot?.activeElement ?? null,
            field: () => this.form.field.focus(),
            list: () => this.view.keys(),
            step: (/** @type {number} */ by) => this.view.results.step(by),
            escape: () => (this.panel.open ? this.panel.close() : this.view.escape()),
        };
        listen(keys, signal);
        const { notice } = this.view;
        window.addEventListener("offline", () => notice.show("This device is offline. What is here stays."), {
            signal,
        });
        window.addEventListener("online", () => notice.show(""), { signal });
        if (kept) return this.replay();
        window.addEventListener("popstate", () => moved() && this.arrive(), { signal });
        if (this.catalogue) this.watch();
        else this.appear([this.sheetReady, this.load(), this.history?.ready]);
    }

    /**
     * Show the page once its parts have their places, so that nothing jumps; as far as it is where they take long.
     * @param {unknown[]} parts
     */
    async appear(parts) {
        const ready = Promise.allSettled(parts).then(frames);
        await Promise.race([ready, new Promise((done) => setTimeout(done, LATEST))]);
        this.body.style.opacity = "";
    }

    // An element that is only moved is back in a moment, and its search goes on.
    disconnectedCallback() {
        this.#life?.abort();
        this.health.rest();
        queueMicrotask(() => this.isConnected || [this.view, this.comparison].forEach((part) => part.leave()));
    }

    replay() {
        if (kept?.beside.length) {
            this.comparison.replay(kept.beside, kept.votes);
            return say(this.where, `${kept.beside.length} rankings`);
        }
        this.view.replay(kept?.lines ?? []);
        this.named();
        say(this.where, `“${short(this.state.query, 120)}”`);
    }

    async load() {
        try {
            this.catalogue = /** @type {Catalogue} */ (await ask("api/catalogue"));
        } catch {
            return this.view.notice.show("The server does not answer. Is it still there? Reload to try again.");
        }
        const offered = this.form.offer(this.catalogue);
        this.picker.offer(this.catalogue);
        this.own?.draw();
        // Who was quicker than the settings has typed a query, or searches already.
        const arrived = !this.form.field.value && this.state.phase === "empty" ? this.arrive() : null;
        this.view.draw();
        this.watch();
        await Promise.all([offered, arrived]);
    }

    watch() {
        this.health.watch(this.catalogue?.settings.reranker !== "none");
    }

    /** @param {string} engine */
    healthy(engine) {
        this.view.engine = engine;
        this.view.draw();
        this.comparison.draw();
    }

    /** @param {string} href */
    go(href) {
        visit(href);
        this.arrive();
    }

    // What the address names: a search as it was, and what was looked at of it; a query to ask, or nothing.
    async arrive() {
        const { run, query, settings, show, view, compared, blind } = addressed();
        this.form.field.value = query;
        if (compared.length) {
            this.view.clear();
            if (this.comparison.runs.join() !== compared.join()) await this.comparison.load(compared, { query, blind });
            this.form.field.value = this.comparison.query;
            return;
        }
        this.comparison.clear();
        if (run && run !== this.state.run) {
            // Its address is this one, also where it still runs.
            this.#added = run;
            await this.view.open(run);
            if (this.state.run !== run) return;
            this.named();
        } else if (!run) {
            this.form.choose(settings);
            this.view.clear();
        }
        this.#arriving = true;
        this.view.look(show);
        this.view.sorted.look(view);
        this.view.strip.opened(this.view.sorted.open);
        this.#arriving = false;
    }

    // The query of what is shown stands in the field, and what it was asked with in the settings.
    named() {
        const { query, settings } = this.state;
        if (!query) return;
        this.form.field.value = query;
        if (this.catalogue) this.form.choose(settings);
    }

    halt() {
        if (this.comparison.open) this.comparison.stop();
        else this.view.stop();
    }

    /** @param {boolean} [beside] whether the rankers that are picked stand side by side */
    async search(beside = false) {
        let asked;
        try {
            asked = this.form.read();
            this.#changed = this.form.changed();
        } catch (error) {
            const field = error instanceof Invalid ? error.field : undefined;
            this.form.reveal(field);
            return this.notice.show(words(error), { field });
        }
        const unread = this.own?.unread;
        if (this.own) this.own.node.open = unread === true;
        if (beside) {
            this.view.clear();
            this.picker.node.open = false;
            this.comparison.run(asked, this.picker.chosen, this.picker.blind.checked);
        } else {
            this.comparison.clear();
            const over = this.view.run(asked);
            if (unread) this.notice.show(unsearched(this.form.settings().index));
            await over;
        }
        this.watch();
    }

    drawn() {
        const { state, running, player } = this.view;
        const { comparison } = this;
        // What one may begin with comes back after a search that found nothing.
        const nothing = state.phase === "empty" || (state.phase === "finished" && !state.documents.size);
        const idle = nothing && !comparison.open;
        this.form.update(running || comparison.running, idle);
        this.unnamed(comparison.open && comparison.hidden);
        this.history?.update(idle);
        this.known?.update(idle);
        this.lead.hidden = !idle;
        this.bring(idle);
        this.head();
        if (kept || player.open || !state.started || this.#added === state.run) return;
        this.#added = state.run;
        const { run, query } = state;
        visit(address({ run, query, settings: this.#changed }));
        this.history?.add(state);
    }

    /**
     * Nothing of the page names a ranker as long as nobody may know whose rankings stand here.
     * @param {boolean} blind
     */
    unnamed(blind) {
        if (kept || blind !== this.choices.isConnected) return;
        if (blind) for (const part of [this.choices, this.health.node]) part.remove();
        else {
            this.view.node.before(this.choices);
            this.where.after(this.health.node);
            this.watch();
        }
    }

    /**
     * One's own documents are brought before a search; below it they wait for the next one.
     * @param {boolean} idle
     */
    bring(idle) {
        const { own, extras, foot } = this;
        if (!own || !foot) return;
        if (idle && own.node.parentElement !== extras) extras.append(own.node);
        else if (!idle && own.node.parentElement !== foot) foot.prepend(own.node);
    }

    // What the page is about: the search that is shown, in its title and in the first line.
    head() {
        const { query, started, settings } = this.state;
        if (kept) return;
        if (this.comparison.open) return this.beside();
        const title = query ? `“${short(query, 120)}” – Rank-R1` : "Rank-R1";
        if (document.title !== title) document.title = title;
        if (this.catalogue) say(this.where, heading(this.catalogue, started ? settings : undefined));
    }

    // The same for rankings side by side.
    beside() {
        const { query, columns, hidden } = this.comparison;
        document.title = `“${short(query, 120)}” – ${columns.length} rankings – Rank-R1`;
        say(this.where, hidden ? "Whose ranking is whose is shown after the vote" : `${columns.length} rankings`);
    }
}

/**
 * What is said where a search leaves out files that were brought, but not read.
 * @param {Settings[string]} index what was searched instead
 */
function unsearched(index) {
    const place = indexed(String(index));
    return `Your files are not read yet: press “Read and search these”; this search was in ${place}.`;
}

if (!customElements.get("rank-page")) customElements.define("rank-page", Page);

/** @param {Element} root */
export function mount(root) {
    root.replaceChildren(document.createElement("rank-page"));
}
