// The whole sort: drawn, as a table, and as the movement from the first stage to the end.

import { button, drawn, h, mark, say, sync, unique } from "./dom.js";
import { chip } from "./labels.js";
import { Picture } from "./picture.js";
import { order, winner } from "./state.js";
import { STATUS, called, capital, name, noun, short, stageOf } from "./words.js";

/** @import { Actions, Call, State } from "./types.d.ts" */

/** @typedef {"picture" | "table" | "movement"} Way */
/** @type {[Way, string][]} */
const WAYS = [
    ["picture", "Picture"],
    ["table", "Table"],
    ["movement", "Movement"],
];
const ABOUT = {
    picture: "Each box is a comparison, each bar in it a document, the full one chosen. Lines lead to the ranks.",
    table: "Every comparison in the order it was asked.",
    movement: "Where each document stood in the first stage, and where it stands now.",
};

/** Documents whose movement is drawn. */
const MOST = 40;
const STEP = 24;
const SIDE = 240;
const WIDTH = 680;

export class Sort {
    id = unique("sort");
    open = false;
    seen = "";
    /** @type {Way} */
    way = "picture";

    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        this.tabs = WAYS.map(([way, text]) => button("plain", text, () => this.turn(way), { "data-view": way }));
        this.about = h("p", { class: "quiet" });
        this.picture = new Picture(view, (id) => this.light(id));
        this.body = h("div", { class: "drawing" });
        const tabs = h("div", { role: "group", "aria-label": "How it is shown" }, this.tabs);
        this.node = h(
            "section",
            { class: "sort", id: this.id, hidden: true, "aria-label": "The whole sort" },
            h("header", {}, h("h2", {}, "The sort"), tabs),
            this.about,
            this.body,
        );
    }

    reset() {
        this.picture.reset();
        this.seen = "";
        this.open = false;
        this.node.hidden = true;
    }

    toggle() {
        this.open = !this.open;
        this.node.hidden = !this.open;
        if (this.open) this.choose(matchMedia("(max-width: 600px)").matches ? "table" : "picture");
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
        this.seen = "";
        this.update();
    }

    update() {
        const { state } = this.view;
        if (!this.open) return;
        const statuses = Array.from(state.calls.values(), (call) => call.status[0]).join("");
        const seen = `${statuses}/${state.settled.size}/${state.phase}`;
        if (seen === this.seen) return;
        this.seen = seen;
        if (this.way === "picture") {
            this.picture.update();
            sync(this.body, [this.picture.svg]);
        } else this.body.replaceChildren(this.way === "table" ? table(this.view) : movement(this.view));
        say(this.about, ABOUT[this.way]);
    }

    /** @param {string | null} id what is looked at in the picture */
    light(id) {
        if (this.open) say(this.about, id ? name(this.view.state.documents.get(id), id) : ABOUT.picture);
    }
}

/** @param {Actions} view */
function table(view) {
    const { calls } = view.state;
    const heads = ["Round", "No.", "Asked for", "Documents", "Chosen", "Status"];
    const what = capital(noun(calls.values()));
    const about = { class: "scroll", tabindex: "0", role: "region", "aria-label": `Table of ${what.toLowerCase()}s` };
    return h(
        "div",
        about,
        h(
            "table",
            {},
            h("caption", { class: "spoken" }, `Every ${what.toLowerCase()}, by round`),
            h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
            h(
                "tbody",
                {},
                Array.from(calls.values(), (call) => row(call, view)),
            ),
        ),
    );
}

/**
 * @param {Call} call
 * @param {Actions} view
 */
function row(call, view) {
    const first = winner(call);
    const open = button("link", String(call.id), () => view.call(call.id), { "aria-label": capital(called(call)) });
    return h(
        "tr",
        {},
        h("td", {}, String(call.round)),
        h("td", {}, open),
        h("td", {}, call.purpose),
        h("td", {}, String(call.documents.length)),
        h("td", {}, first ? chip(first, view) : "–"),
        h("td", {}, STATUS[call.status]),
    );
}

/**
 * Each document's place in the first stage on the left, at the end on the right.
 * @param {Actions} view
 */
function movement(view) {
    const { state } = view;
    const ids = order(state).slice(0, MOST);
    const rank = (/** @type {string} */ id) => state.documents.get(id)?.rank ?? 0;
    const before = [...ids].sort((a, b) => rank(a) - rank(b));
    const height = ids.length * STEP + 32;
    const about = {
        role: "group",
        "aria-label": "From the first stage to the end",
        class: "slopes",
        width: WIDTH,
        height,
        viewBox: `0 0 ${WIDTH} ${height}`,
    };
    return drawn(
        "svg",
        about,
        drawn("text", { class: "head", x: SIDE - 8, y: 16, "text-anchor": "end" }, capital(stageOf(state))),
        drawn("text", { class: "head", x: WIDTH - SIDE + 8, y: 16 }, "Now"),
        ...ids.map((id, place) => slope(id, before.indexOf(id), place, state, () => view.go(id))),
    );
}

/**
 * @param {string} id
 * @param {number} before
 * @param {number} place
 * @param {State} state
 * @param {() => void} go
 */
function slope(id, before, place, state, go) {
    const from = before * STEP + 36;
    const to = place * STEP + 36;
    const rank = state.documents.get(id)?.rank ?? 0;
    const way = rank > place + 1 ? "up" : rank < place + 1 ? "down" : "same";
    const title = name(state.documents.get(id), id);
    const right = WIDTH - SIDE;
    return drawn(
        "g",
        {
            class: `slope ${way}${state.settled.has(id) ? " settled" : ""}`,
            role: "button",
            tabindex: "0",
            "aria-label": `${title}: ${rank} by ${stageOf(state)}, now ${place + 1}`,
            onclick: go,
            onkeydown: (event) => event.key === "Enter" && go(),
        },
        drawn("text", { x: SIDE - 8, y: from + 4, "text-anchor": "end" }, `${short(title, 28)}  ${rank}`),
        drawn("path", { d: `M${SIDE} ${from}C${SIDE + 80} ${from} ${right - 80} ${to} ${right} ${to}` }),
        drawn("text", { x: right + 8, y: to + 4 }, `${place + 1}  ${short(title, 28)}`),
    );
}
