// The whole sort: drawn, as a table, and as the movement from the first stage to the end.

import { button, focused, h, mark, say, sync, unique } from "./dom.js";
import { edges } from "./edges.js";
import { movement } from "./movement.js";
import { Picture } from "./picture.js";
import { link } from "./route.js";
import { Rounds } from "./rounds.js";
import { Share } from "./share.js";
import { kept } from "./source.js";
import { running } from "./state.js";
import { Table } from "./table.js";
import { name, noun, plural } from "./words.js";

/** @import { Actions } from "./types.d.ts" */

/** @typedef {"picture" | "table" | "movement"} Way */
/** @type {[Way, string][]} */
const WAYS = [
    ["picture", "Rounds"],
    ["table", "Table"],
    ["movement", "Movement"],
];
const ABOUT = {
    picture: "Each box is a comparison, each bar in it a document. Lines lead to ranks.",
    rounds: "Each box is a comparison, each bar in it a document.",
    table: "Every comparison in the order it was asked.",
    movement: "Where each document stood in the first stage, and where it stands now. Bold: the rank is settled.",
};
const NARROW = matchMedia("(max-width: 600px)");
/** Milliseconds between two drawings of a sort that goes on. */
const PACE = 400;

export class Sort {
    id = unique("sort");
    open = false;
    seen = "";
    later = 0;
    /** @type {Way} */
    way = "picture";

    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        this.tabs = WAYS.map(([way, text]) => button("plain", text, () => this.turn(way), { "data-view": way }));
        this.about = h("span");
        const chosen = h("span", { class: "key" }, h("span", { class: "slot won" }), "chosen");
        this.decided = h("span", { class: "key" }, h("span", { class: "decided" }, "#1"), "decided this rank");
        this.keys = h("span", { class: "keys" }, chosen, this.decided);
        this.looked = h("p", { class: "looked-at", dir: "auto" });
        this.picture = new Picture(view, (id) => this.light(id));
        this.rounds = new Rounds(view);
        this.table = new Table(view);
        this.body = h("div", { class: "drawing" });
        this.frame = h("div", { class: "framed" }, this.body);
        const out = button("plain", "−", () => this.zoom(-1), { "aria-label": "Narrower rounds" });
        const fit = button("plain", "Fit", () => this.zoom(0), { title: "All rounds in view" });
        const closer = button("plain", "+", () => this.zoom(1), { "aria-label": "Wider rounds" });
        this.zooms = h("div", { role: "group", "aria-label": "Zoom" }, out, fit, closer);
        const tabs = h("div", { role: "group", "aria-label": "How it is shown" }, this.tabs);
        this.share = new Share(
            "link",
            () => link("show", "of"),
            () => [view.state],
        );
        this.node = h(
            "section",
            { class: "sort", id: this.id, hidden: true, "aria-label": "All comparisons" },
            h("header", {}, h("h2", {}, "All comparisons"), this.zooms, tabs),
            h("p", { class: "quiet" }, this.about, this.keys),
            this.looked,
            this.frame,
            kept ? null : this.share.node,
        );
        this.body.addEventListener("scroll", () => this.edges(), { passive: true });
        this.sizes = new ResizeObserver((entries) => this.fit(entries.some(({ target }) => target === this.body)));
        for (const node of [this.body, this.picture.node, this.rounds.node, this.table.node]) this.sizes.observe(node);
        NARROW.addEventListener("change", () => this.again());
    }

    reset() {
        this.share.reset();
        this.picture.reset();
        this.rounds.reset();
        this.table.reset();
        this.seen = "";
        this.open = false;
        this.node.hidden = true;
    }

    toggle() {
        this.open = !this.open;
        this.node.hidden = !this.open;
        if (this.open) this.choose("picture");
    }

    /** @param {Way} way */
    turn(way) {
        this.choose(way);
        this.view.drawn();
    }

    /**
     * Show what an address names, or nothing.
     * @param {string} view
     */
    look(view) {
        const found = WAYS.find(([way]) => way === view);
        this.open = found !== undefined;
        this.node.hidden = !found;
        if (found) this.choose(found[0]);
    }

    /** @param {Way} way */
    choose(way) {
        this.way = way;
        for (const tab of this.tabs) mark(tab, "aria-pressed", String(tab.dataset.view === way));
        this.again();
    }

    again() {
        clearTimeout(this.later);
        this.later = 0;
        this.seen = "";
        this.update();
    }

    // Whether there is room for the drawing, and it is what is wished.
    get pictured() {
        return this.way === "picture" && !NARROW.matches;
    }

    update() {
        const { state } = this.view;
        if (!this.open) return;
        const statuses = Array.from(state.calls.values(), (call) => call.status[0]).join("");
        const seen = `${statuses}/${state.settled.size}/${state.phase}`;
        if (seen === this.seen || this.waits()) return;
        this.seen = seen;
        sync(this.body, [this.shown()]);
        say(this.about, ABOUT[this.way === "picture" && !this.pictured ? "rounds" : this.way]);
        this.zooms.hidden = this.looked.hidden = !this.pictured;
        this.keys.hidden = this.way !== "picture";
    }

    // A sort that goes on is drawn a little later, not in the frame in which all else is.
    waits() {
        const waits = running(this.view.state) && this.seen !== "";
        if (waits) this.later ||= window.setTimeout(() => this.again(), PACE);
        return waits;
    }

    shown() {
        if (this.way === "movement") return this.movement();
        const part = this.way === "table" ? this.table : NARROW.matches ? this.rounds : this.picture;
        if (part === this.picture) this.picture.room ||= this.body.clientWidth;
        part.update();
        return part.node;
    }

    // Drawn anew each time; what had the focus keeps it.
    movement() {
        const inside = focused(this.body)?.closest("[data-document]");
        const node = movement(this.view);
        const id = inside?.getAttribute("data-document");
        if (id) requestAnimationFrame(() => refocus(node, id));
        return node;
    }

    /** @param {number} by */
    zoom(by) {
        this.picture.zoom(by);
        this.edges();
    }

    /** @param {boolean} room whether it is the room that changed, and with it what fits */
    fit(room) {
        if (room && this.open && this.pictured) this.picture.update(this.body.clientWidth);
        this.edges();
    }

    // Where more follows, which the edge shows; and what the legend speaks of, which a narrow box has no room for.
    edges() {
        this.decided.hidden = this.pictured && !this.picture.size.ranked;
        edges(this.body, this.frame);
    }

    /** @param {string | null} id what is looked at in the picture */
    light(id) {
        const { state } = this.view;
        if (id === null) return say(this.looked, "Point at a document to follow it through the rounds.");
        const rank = state.settled.get(id)?.rank;
        const often = [...state.calls.values()].filter(({ documents }) => documents.includes(id)).length;
        const where = rank ? `, rank ${rank}` : "";
        say(
            this.looked,
            `${name(state.documents.get(id), id)}${where}, in ${plural(often, noun(state.calls.values()))}`,
        );
    }
}

/**
 * @param {Element} node
 * @param {string} id
 */
function refocus(node, id) {
    const rows = [...node.querySelectorAll("li")];
    rows.find((row) => row.dataset.document === id && row.querySelector("button"))
        ?.querySelector("button")
        ?.focus();
}
