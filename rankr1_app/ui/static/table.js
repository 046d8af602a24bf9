// The sort as a table: every comparison in the order it was asked, a row for each, made once and changed when it ends.

import { button, h, mark, say } from "./dom.js";
import { chip } from "./labels.js";
import { rove, settle } from "./rove.js";
import { winner } from "./state.js";
import { STATUS, called, capital, noun } from "./words.js";

/** @import { Actions, Call } from "./types.d.ts" */

const HEADS = ["Round", "No.", "Purpose", "Documents", "Chosen", "Status"];

export class Table {
    /** @type {Map<number, HTMLTableRowElement>} */
    rows = new Map();

    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        this.caption = h("caption", { class: "spoken" });
        const heads = HEADS.map((head) => h("th", { scope: "col" }, head));
        this.body = h("tbody");
        const table = h("table", {}, this.caption, h("thead", {}, h("tr", {}, heads)), this.body);
        this.node = h("div", { class: "scroll" }, table);
        rove(this.body, "button");
    }

    reset() {
        this.rows.clear();
        this.body.replaceChildren();
    }

    update() {
        const { calls } = this.view.state;
        say(this.caption, `Every ${noun(calls.values())}, by round`);
        for (const call of calls.values()) this.draw(call);
        settle(this.body, "button");
    }

    /** @param {Call} call */
    draw(call) {
        const before = this.rows.get(call.id);
        if (before?.dataset.status === call.status) return;
        const row = before ?? h("tr");
        mark(row, "data-status", call.status);
        row.replaceChildren(...cells(call, this.view).map((cell) => h("td", {}, cell)));
        for (const each of row.querySelectorAll("button")) mark(each, "tabindex", "-1");
        if (before) return;
        this.rows.set(call.id, row);
        this.body.append(row);
    }
}

/**
 * @param {Call} call
 * @param {Actions} view
 */
function cells(call, view) {
    const first = winner(call);
    const open = button("link", String(call.id), () => view.call(call.id), { "aria-label": capital(called(call)) });
    const shown = String(call.documents.length);
    return [String(call.round), open, call.purpose, shown, first ? chip(first, view) : "–", STATUS[call.status]];
}
