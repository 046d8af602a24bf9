// Known collections: fetched by name to the machine that the reader sits at, and searched there.

import { button, h, mark, say } from "./dom.js";
import { words } from "./search.js";
import { ask, fetched } from "./source.js";
import { capital, count, size } from "./words.js";

/** @import { Catalogue, KnownIndex } from "./types.d.ts" */

const PATH = "api/known";
const AGAIN = 700;
/** @type {Record<string, string>} */
const STAGES = { waiting: "Waiting", fetching: "Fetching", checking: "Checking", unpacking: "Unpacking" };

export class KnownIndexes {
    /** @type {KnownIndex[]} */
    indexes = [];
    #idle = true;
    #open = false;
    /** What is being fetched, to be chosen once it is here. */
    #wanted = "";

    /** @param {{ select: () => HTMLSelectElement | null, chosen: () => void }} page */
    constructor(page) {
        this.page = page;
        this.choice = h("select", { id: "known-index", onchange: () => this.draw() });
        this.facts = h("p", { class: "quiet" });
        this.begin = button("plain", "Fetch", () => this.fetch());
        this.stop = button("plain", "Stop", () => this.send({ method: "DELETE" }), { hidden: true });
        this.progress = h("progress", { hidden: true, "aria-label": "How much is fetched" });
        this.said = h("p", { class: "quiet", role: "status" });
        this.wrong = h("p", { class: "bad", role: "alert", hidden: true });
        const about = "Built by Anserini from collections of the field, fetched once, then searched on this machine.";
        this.node = h(
            "details",
            { class: "own", hidden: true },
            h("summary", {}, "Search a known collection"),
            h("p", { class: "quiet" }, about),
            h("label", { for: "known-index", class: "pill" }, "Collection", this.choice),
            this.facts,
            h("p", { class: "doing" }, this.begin, this.stop),
            this.progress,
            this.said,
            this.wrong,
        );
        this.load();
    }

    /** @returns {KnownIndex | undefined} */
    get chosen() {
        return this.indexes.find(({ name }) => name === this.choice.value);
    }

    // Whoever does not sit at the machine is offered nothing.
    async load() {
        try {
            this.take(await ask(PATH));
        } catch {
            this.node.hidden = true;
        }
    }

    /** @param {boolean} idle whether nothing is shown that it would stand beside */
    update(idle) {
        this.#idle = idle;
        this.node.hidden = !idle || !this.#open;
    }

    /** @param {{ open: boolean, indexes: KnownIndex[] }} state */
    take({ open, indexes }) {
        this.#open = open && indexes.length > 0;
        this.indexes = indexes;
        const chosen = this.choice.value;
        const under = indexes.find(({ fetching }) => fetching && !fetching.over);
        this.choice.replaceChildren(...indexes.map(option));
        this.choice.value = under?.name ?? (chosen || indexes[0]?.name || "");
        this.draw();
        this.arrive();
        if (under) setTimeout(() => this.load(), AGAIN);
    }

    async fetch() {
        this.#wanted = this.choice.value;
        await this.send({
            method: "POST",
            body: JSON.stringify({ name: this.#wanted }),
            headers: { "Content-Type": "application/json" },
        });
    }

    /** @param {RequestInit} request */
    async send(request) {
        try {
            this.take(await (await fetched(PATH, request)).json());
        } catch (error) {
            this.tell(words(error));
        }
    }

    /** @param {string} text */
    tell(text) {
        say(this.wrong, capital(text));
        this.wrong.hidden = !text;
    }

    draw() {
        this.update(this.#idle);
        const { chosen } = this;
        if (!chosen) return;
        const { bytes, documents, licence, here, fetching } = chosen;
        const running = fetching !== null && !fetching.over;
        say(this.facts, `${count(documents)} passages, ${size(bytes)} to fetch. Licence of the texts: ${licence}.`);
        this.choice.disabled = running;
        this.begin.hidden = running || here;
        this.stop.hidden = !running;
        this.progress.hidden = !running;
        mark(this.progress, "max", String(bytes));
        mark(this.progress, "value", String(fetching?.done ?? 0));
        const stage = running ? `${STAGES[fetching.stage] ?? fetching.stage}: ${size(fetching.done)}.` : "";
        say(this.said, here ? "It is here, and among the indexes above." : stage);
        this.tell(fetching?.over && !here ? fetching.wrong : "");
    }

    // What was fetched is among the indexes that can be searched, and chosen where it was asked for here.
    async arrive() {
        const select = this.page.select();
        const wanted = this.indexes.find(({ name, here }) => here && name === this.#wanted);
        if (!select || !wanted) return;
        this.#wanted = "";
        const { name } = wanted;
        if (![...select.options].some(({ value }) => value === name)) select.append(h("option", { value: name }, name));
        const retriever = await searchedWith(name);
        for (const option of select.options) if (option.value === name) option.dataset.retriever = retriever;
        select.value = name;
        this.page.chosen();
    }
}

/**
 * What an index is searched with where no first stage is chosen; empty where the server does not say.
 * @param {string} name
 */
async function searchedWith(name) {
    try {
        const { indexes } = /** @type {Catalogue} */ (await ask("api/catalogue"));
        return indexes.find((index) => index.name === name)?.retriever ?? "";
    } catch {
        return "";
    }
}

/** @param {KnownIndex} index */
function option({ name, here }) {
    return h("option", { value: name }, here ? `${name} (here)` : name);
}
