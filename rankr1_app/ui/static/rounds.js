// The sort where there is no room for a drawing: a list of rounds, each comparison with its winner.

import { button, h, mark, say } from "./dom.js";
import { rove, settle } from "./rove.js";
import { winner } from "./state.js";
import { STATUS, called, capital, name } from "./words.js";

/** @import { Actions, Call } from "./types.d.ts" */

/** @typedef {{ node: HTMLElement, rank: HTMLElement, won: HTMLElement, bars: HTMLElement }} Row */

export class Rounds {
    /** @type {Map<number, Row>} */
    rows = new Map();
    /** @type {Map<number, HTMLElement>} */
    lists = new Map();

    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        this.node = h("ol", { class: "rounds", "aria-label": "Rounds" });
        rove(this.node, ".meet");
    }

    reset() {
        this.rows.clear();
        this.lists.clear();
        this.node.replaceChildren();
    }

    update() {
        const { calls, settled } = this.view.state;
        /** @type {Map<number, number[]>} */
        const decided = new Map();
        for (const { rank, calls: by } of settled.values()) {
            const id = by.at(-1) ?? 0;
            decided.set(id, [...(decided.get(id) ?? []), rank]);
        }
        for (const call of calls.values()) this.draw(call, decided.get(call.id) ?? []);
        settle(this.node, ".meet");
    }

    /**
     * @param {Call} call
     * @param {number[]} ranks that it decided
     */
    draw(call, ranks) {
        const row = this.rows.get(call.id) ?? this.row(call);
        const [low, high] = [Math.min(...ranks), Math.max(...ranks)];
        say(row.rank, ranks.length ? `#${low}${high > low ? `–${high}` : ""}` : "");
        if (row.node.dataset.status === call.status) return;
        mark(row.node, "data-status", call.status);
        const first = winner(call);
        const title = first && name(this.view.state.documents.get(first), first);
        say(row.won, title || capital(STATUS[call.status]));
        row.bars.replaceChildren(
            ...call.documents.map((id) => h("span", { class: id === first ? "slot won" : "slot" })),
        );
    }

    /** @param {Call} call */
    row(call) {
        const list = this.lists.get(call.round) ?? this.list(call.round);
        const [rank, won] = [h("span", { class: "decided" }), h("span", { class: "won-by", dir: "auto" })];
        const bars = h("span", { class: "bars", "aria-hidden": "true" });
        const what = h("span", { class: "what" }, `${capital(called(call))} · ${call.purpose}`);
        const node = button("meet", [what, rank, won, bars], () => this.view.call(call.id), { tabindex: "-1" });
        list.append(h("li", {}, node));
        const row = { node, rank, won, bars };
        this.rows.set(call.id, row);
        return row;
    }

    /** @param {number} number */
    list(number) {
        const list = h("ol");
        this.node.append(h("li", {}, h("h3", {}, `Round ${number}`), list));
        this.lists.set(number, list);
        return list;
    }
}
