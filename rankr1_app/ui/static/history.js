// Searches to open again: one's own, kept in this browser, and those that came with the product. Every search has an
// address that opens it as it was.

import { h, remember, remembered } from "./dom.js";
import { ask } from "./source.js";
import { short } from "./words.js";

const MOST = 50;

export class History {
    constructor(actions) {
        this.actions = actions;
        this.own = h("section", { class: "examples", hidden: true, "aria-label": "Your searches" });
        this.gallery = h("section", { class: "examples", hidden: true, "aria-label": "Recorded searches" });
        this.node = h("div", { class: "history" }, this.gallery, this.own);
        this.draw();
        this.load();
    }

    // A search that began: it gets its address, and its place among one's own.
    add({ run, query, settings }) {
        const entries = [
            { run, query, index: settings.index, at: new Date().toISOString() },
            ...this.entries().filter((each) => each.run !== run),
        ];
        remember("searches", JSON.stringify(entries.slice(0, MOST)));
        const address = new URL(location.href);
        for (const [key, value] of Object.entries({ q: query, index: settings.index, run }))
            address.searchParams.set(key, value);
        if (address.href !== location.href) history.pushState(null, "", address);
        this.draw();
    }

    entries() {
        try {
            const found = JSON.parse(remembered("searches", "[]"));
            return Array.isArray(found) ? found.filter((each) => typeof each?.run === "string") : [];
        } catch {
            return [];
        }
    }

    draw() {
        const entries = this.entries();
        this.own.hidden = !entries.length;
        this.own.replaceChildren(
            h("h2", {}, "Your searches"),
            ...entries
                .slice(0, 8)
                .map((each) =>
                    this.link(each, new Date(each.at).toLocaleDateString("en", { day: "numeric", month: "short" })),
                ),
            h("button", { class: "link quiet", type: "button", onclick: () => this.forget() }, "Forget them"),
        );
    }

    forget() {
        remember("searches", "[]");
        this.draw();
    }

    async load() {
        try {
            const recordings = await ask("api/gallery");
            this.gallery.hidden = !recordings.length;
            this.gallery.replaceChildren(
                h("h2", {}, "Recorded searches"),
                ...recordings.map((each) => this.link(each, each.reranker)),
            );
        } catch {
            this.gallery.hidden = true; // what cannot be listed is not offered
        }
    }

    link({ run, id, query }, note) {
        const address = new URL(location.href);
        address.searchParams.set("run", run || id);
        address.searchParams.set("q", query);
        return h(
            "a",
            { class: "example", href: address.href, dir: "auto", onclick: (event) => this.open(event, run || id) },
            short(query, 90),
            h("span", { class: "quiet" }, ` ${note}`),
        );
    }

    open(event, run) {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        history.pushState(null, "", event.currentTarget.href);
        this.actions.recording(run);
    }

    update(phase) {
        this.node.hidden = phase !== "empty";
    }
}

// What the address asks for.
export function addressed() {
    const found = new URLSearchParams(location.search);
    return { run: found.get("run") || "", query: found.get("q") || "" };
}
