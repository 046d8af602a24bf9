// What several rankings of the same documents have in common, and what they disagree about, with the reasons of each.

import { PERSISTENCE, rbo, spread, tau } from "./agreement.js";
import { button, h } from "./dom.js";
import { Sounder, reasoned } from "./sounder.js";
import { kept } from "./source.js";
import { ordinal, plural, short } from "./words.js";
import { plain } from "./why.js";

/** @import { Column } from "./column.js" */

const FIRST = 5;
const LONGEST = 240;

/**
 * How much each two rankings agree.
 * @param {Column[]} columns
 */
export function agreement(columns) {
    const rows = columns.flatMap((first, n) =>
        columns.slice(n + 1).map((second) => {
            const { value, shared } = tau(first.ranked, second.ranked);
            const overlap = rbo(first.ranked, second.ranked);
            const order = value === null ? "–" : value.toFixed(2).replace("-", "−");
            return h(
                "tr",
                {},
                h("th", { scope: "row" }, `${first.letter} and ${second.letter}`),
                h("td", { class: "number" }, order, h("span", { class: "quiet" }, ` over ${shared}`)),
                h("td", { class: "number" }, overlap === null ? "–" : overlap.toFixed(2)),
            );
        }),
    );
    const heads = ["Rankings", "Kendall’s τ", "RBO"].map((text, n) =>
        h("th", { scope: "col", class: n ? "number" : "" }, text),
    );
    const about =
        "τ is 1 for the same order and −1 for the opposite, over the documents that both ranked. RBO is the overlap of " +
        `both lists, weighted to the top (p = ${PERSISTENCE}, extrapolated; Webber et al. 2010): 1 for the same list.`;
    return [
        h("h3", {}, "How much they agree"),
        h("table", { class: "agreement" }, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows)),
        h("p", { class: "quiet" }, about),
    ];
}

/**
 * The documents whose places differ, those that differ most first.
 * @param {Column[]} columns
 */
export function moving(columns) {
    const ids = new Set(columns.flatMap((column) => column.shown));
    const found = [...ids].map((id) => ({
        id,
        places: columns.map((column) => column.place(id) || column.order.length + 1),
    }));
    return found
        .filter(({ places }) => spread(places) > 0)
        .sort((a, b) => spread(b.places) - spread(a.places) || Math.min(...a.places) - Math.min(...b.places));
}

export class Moved {
    all = false;
    /** @type {Map<string, Sounder>} */
    judged = new Map();

    /** @param {() => string} judge the name of a judge of reasonings, empty where there is none */
    constructor(judge) {
        this.judge = judge;
        this.node = h("div", { class: "moved-most" });
    }

    /** @param {Column[]} columns */
    update(columns) {
        const found = moving(columns);
        const shown = this.all ? found : found.slice(0, FIRST);
        const rows = shown.map(({ id, places }) => this.row(columns, id, places));
        const heads = columns.map((column) => h("th", { scope: "col" }, `${column.letter}: ${column.title}`));
        const table = h(
            "table",
            {},
            h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Document"), heads)),
            h("tbody", {}, rows),
        );
        const about = { class: "scroll", tabindex: "0", role: "region", "aria-label": "What moved" };
        const label = `Show all ${plural(found.length, "document")} that moved`;
        const more = button("link", label, () => {
            this.all = true;
            this.update(columns);
        });
        this.node.replaceChildren(
            h("h3", {}, "What moved, and why"),
            found.length
                ? h("div", about, table)
                : h("p", {}, "Nothing: every document has the same place in all of them."),
            ...(found.length > shown.length ? [more] : []),
        );
    }

    reset() {
        this.all = false;
        this.judged.clear();
    }

    /**
     * A way to have the reasonings about a document judged.
     * @param {Column[]} columns
     * @param {string} id
     */
    sounder(columns, id) {
        const judge = this.judge();
        const two = judge && !kept ? reasoned(columns, id) : [];
        if (!two.length) return null;
        const found = this.judged.get(id) ?? new Sounder(judge, two, id);
        this.judged.set(id, found);
        return found.node;
    }

    /**
     * @param {Column[]} columns
     * @param {string} id
     * @param {number[]} places
     */
    row(columns, id, places) {
        const title = columns.map((column) => column.state.documents.get(id)?.title).find(Boolean) ?? id;
        const best = Math.min(...places);
        const cells = columns.map((column, n) => {
            if (!column.state.documents.has(id)) return h("td", {}, "not among its candidates");
            const place = h("span", { class: places[n] === best ? "best" : "" }, ordinal(places[n]));
            const said = plain(column.state, id).map((text) => h("p", { dir: "auto" }, short(text, LONGEST)));
            return h("td", {}, place, said);
        });
        return h("tr", {}, h("th", { scope: "row", dir: "auto" }, short(title, 80), this.sounder(columns, id)), cells);
    }
}
