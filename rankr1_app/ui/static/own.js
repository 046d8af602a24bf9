// Documents of one's own: added, looked through, searched, deleted. The server keeps them for this browser alone.

import { button, h, mark, remember, remembered, say } from "./dom.js";
import { OwnPreview } from "./looked.js";
import { words } from "./search.js";
import { ask, fetched } from "./source.js";
import { capital, count, own, plural, size } from "./words.js";

/** @import { Own, OwnLooked } from "./types.d.ts" */

const OWN = "own";
const AGAIN = 700;
/** @type {Record<string, string>} */
const STAGES = {
    waiting: "Waiting for its turn",
    fetching: "Fetching",
    reading: "Reading",
    encoding: "Reading for meaning",
};

export class OwnDocuments {
    /** @type {Own | null} */
    state = null;
    /** @type {OwnLooked | null} */
    looked = null;
    #busy = false;
    #timer = 0;
    #known = "";
    /** Whether files were added after the index was made. */
    #more = false;
    /** Whether a dataset is being fetched that was asked for here. */
    #fetching = false;

    /** @param {{ select: () => HTMLSelectElement | null, chosen: () => void, deleted: () => unknown }} page */
    constructor(page) {
        this.page = page;
        const onchange = () => void this.add([...(this.input.files ?? [])]);
        /** @type {HTMLInputElement} */
        this.input = h("input", { type: "file", multiple: true, class: "spoken", id: "own-files", onchange });
        const types = "PDF, DOCX, web pages, Markdown, text, CSV, TSV, JSON lines, or a zip of these";
        const over = (/** @type {DragEvent} */ event, /** @type {boolean} */ on) => {
            event.preventDefault();
            this.zone.classList.toggle("over", on);
        };
        this.zone = h(
            "label",
            {
                class: "drop",
                for: "own-files",
                ondragover: (/** @type {DragEvent} */ event) => over(event, true),
                ondragleave: (/** @type {DragEvent} */ event) => over(event, false),
                ondrop: (/** @type {DragEvent} */ event) => {
                    over(event, false);
                    this.add([...(event.dataTransfer?.files ?? [])]);
                },
            },
            h("strong", {}, "Drop files here or choose some"),
            h("span", { class: "quiet" }, types),
        );
        this.said = h("p", { class: "quiet", role: "status" });
        this.wrong = h("p", { class: "bad", role: "alert", hidden: true });
        this.list = h("ul", { class: "files" });
        this.progress = h("progress", { hidden: true, "aria-label": "How much is read" });
        this.preview = new OwnPreview(() => this.look());
        this.build = button("primary", "Read and search these", () => this.read(), { hidden: true });
        this.drop = button("plain", "Delete them all", () => this.remove(), { hidden: true });
        const doing = h("p", { class: "doing" }, this.build, this.drop);
        const onsubmit = (/** @type {Event} */ event) => {
            event.preventDefault();
            this.fetch();
        };
        /** @type {HTMLInputElement} */
        this.dataset = h("input", {
            id: "own-dataset",
            placeholder: "BeIR/scifact",
            autocomplete: "off",
            spellcheck: "false",
            dir: "auto",
        });
        this.get = button("plain", "Add it", () => undefined, { type: "submit" });
        const hub = h(
            "form",
            { class: "find", onsubmit },
            h("label", { for: "own-dataset" }, "or a dataset of the Hugging Face Hub, by its name"),
            this.dataset,
            this.get,
        );
        const content = [
            this.input,
            this.zone,
            hub,
            this.wrong,
            this.list,
            this.preview.node,
            doing,
            this.progress,
            this.said,
        ];
        this.node = h(
            "details",
            { class: "own", hidden: true },
            h("summary", {}, "Search your own documents"),
            content,
        );
        this.load();
    }

    // What is there from before; where visitors may bring nothing, nothing is offered.
    async load() {
        try {
            this.take(await ask("api/own"));
        } catch {
            remember(OWN, ""); // deleted meanwhile
            await ask("api/own").then(
                (state) => this.take(state),
                () => undefined,
            );
        }
        if (this.state?.files?.length) await this.look();
    }

    /** @param {Own} state */
    take(state) {
        this.state = state;
        this.draw();
        const { building } = state;
        if (underway(building ?? null)) this.#timer = window.setTimeout(() => this.poll(), AGAIN);
    }

    async poll() {
        await this.doing(async () => this.take(await ask("api/own")));
        if (!this.#fetching || underway(this.state?.building ?? null)) return;
        this.#fetching = false;
        if (this.state?.building?.wrong) return;
        this.#more = true;
        this.dataset.value = "";
        await this.look();
    }

    /**
     * Do one thing at a time; what goes wrong is said.
     * @param {() => Promise<unknown>} work
     */
    async doing(work) {
        this.#busy = true;
        this.tell("");
        try {
            await work();
        } catch (error) {
            this.tell(capital(words(error)));
        }
        this.#busy = false;
        this.draw();
    }

    /** @param {string} text */
    tell(text) {
        say(this.wrong, text);
        this.wrong.hidden = !text;
    }

    /** @param {File[]} files */
    async add(files) {
        this.input.value = "";
        if (!files.length || this.#busy) return;
        let wrong = "";
        await this.doing(async () => {
            await this.session();
            for (const [number, file] of files.entries()) {
                say(this.said, `Sending ${file.name}, ${number + 1} of ${files.length}.`);
                try {
                    const path = `api/own/files?name=${encodeURIComponent(file.name)}`;
                    this.take(await (await fetched(path, { method: "PUT", body: file })).json());
                    this.#more = true;
                } catch (error) {
                    wrong ||= `${file.name} was not added: ${words(error)}`;
                }
            }
        });
        await this.look();
        if (wrong) this.tell(wrong);
    }

    // Have the server fetch the dataset that is named.
    async fetch() {
        const name = this.dataset.value.trim();
        if (!name || !this.idle) return;
        await this.doing(async () => {
            await this.session();
            this.take(await ask("api/own/dataset", { name }));
            this.#fetching = true;
        });
    }

    async session() {
        if (!remembered(OWN, "")) remember(OWN, (await ask("api/own", {})).session);
    }

    // What will be read, by the columns that are chosen.
    async look() {
        if (!this.state?.files?.length) return this.preview.show(null);
        await this.doing(async () => {
            say(this.said, "Looking at what is in them.");
            this.looked = await ask("api/own/preview", { columns: this.preview.columns });
            this.preview.show(this.looked);
        });
    }

    async read() {
        if (!this.idle) return;
        await this.doing(async () => {
            const state = await ask("api/own/build", { columns: this.preview.columns });
            this.#more = false;
            this.take(state);
        });
    }

    get idle() {
        return !this.#busy && !underway(this.state?.building ?? null);
    }

    // Whether there are files that could be searched, had somebody asked for it.
    get unread() {
        const { files = [], building = null, index = null } = this.state ?? {};
        return files.length > 0 && !underway(building) && (!index || this.#more);
    }

    /** @param {string} name */
    async leave(name) {
        const path = `api/own/files?name=${encodeURIComponent(name)}`;
        await this.doing(async () => this.take(await (await fetched(path, { method: "DELETE" })).json()));
        await this.look();
    }

    async remove() {
        window.clearTimeout(this.#timer);
        await this.doing(async () => {
            const state = await (await fetched("api/own", { method: "DELETE" })).json();
            remember(OWN, "");
            this.looked = null;
            this.preview.forget();
            this.take(state);
            this.page.deleted();
        });
        say(this.said, "They are deleted, and the searches in them.");
    }

    draw() {
        const { state } = this;
        this.node.hidden = !state?.open;
        if (!state?.open) return;
        const { files = [], building = null, index = null } = state;
        const running = underway(building);
        const { idle } = this;
        this.list.replaceChildren(...files.map((file) => this.file(file, idle)));
        this.drop.hidden = !files.length;
        this.build.hidden = !files.length || !this.looked?.count;
        // Not `disabled`: that would take the focus from whoever pressed it.
        for (const each of [this.build, this.get]) mark(each, "aria-disabled", String(!idle));
        this.advance(running);
        if (building?.over && building.wrong) this.tell(capital(building.wrong));
        if (idle) say(this.said, this.ready(index));
        this.offer(index);
    }

    /** @param {Own["building"] | null} building */
    advance(building) {
        this.progress.hidden = !building;
        if (!building) return;
        const { done, documents } = building;
        if (documents) {
            mark(this.progress, "max", String(documents));
            mark(this.progress, "value", String(done));
        } else this.progress.removeAttribute("value");
        say(this.said, progress(building));
    }

    /**
     * @param {{ name: string, bytes: number }} file
     * @param {boolean} idle
     */
    file({ name, bytes }, idle) {
        const leave = button("link", "Remove", () => this.leave(name), {
            disabled: !idle,
            "aria-label": `Remove ${name}`,
        });
        return h("li", {}, h("span", { dir: "auto" }, name), h("span", { class: "quiet" }, size(bytes)), leave);
    }

    /** @param {Own["index"] | null} index */
    ready(index) {
        const hours = this.state?.limits?.hours ?? 24;
        if (!index)
            return `Nobody else can search them; a link to one of your searches shows what it found. They are deleted when you say so, and ${count(hours)} hours after their last use.`;
        return `${plural(index.documents, "passage")} can be searched: “your documents” is chosen as the index.`;
    }

    /**
     * The index among those that can be searched, chosen when it is new.
     * @param {Own["index"] | null} index
     */
    offer(index) {
        const select = this.page.select();
        if (!select) return;
        const key = index ? `${index.name}/${index.documents}` : "";
        const retriever = index?.retriever ?? "";
        if (key === this.#known) return this.found(select, retriever);
        for (const option of [...select.options]) if (own(option.value)) option.remove();
        if (index)
            select.append(
                h("option", { value: index.name, selected: true, "data-retriever": retriever }, "your documents"),
            );
        this.#known = key;
        this.page.chosen();
    }

    /**
     * What the index is searched with by now: its vectors come after its words.
     * @param {HTMLSelectElement} select
     * @param {string} retriever
     */
    found(select, retriever) {
        const option = [...select.options].find(({ value }) => value === this.state?.index?.name);
        if (!option || option.dataset.retriever === retriever) return;
        option.dataset.retriever = retriever;
        this.page.chosen();
    }
}

/**
 * A build that is not over.
 * @param {Own["building"]} building
 */
function underway(building) {
    return building && !building.over ? building : null;
}

/** @param {NonNullable<Own["building"]>} building */
function progress({ stage, done, documents }) {
    const all = documents ? ` of ${count(documents)}` : "";
    const what = stage === "fetching" ? "rows" : "passages";
    const already = stage === "encoding" ? " They can be searched by their words already." : "";
    return `${STAGES[stage] ?? stage}: ${count(done)}${all} ${what}.${already}`;
}
