// The whole sort, drawn: rounds from left to right, every comparison with its documents, and the way of each document
// to its rank. The same as a table, and the movement from the first stage to the end.

import { drawn, h, mark, say, sync } from "./dom.js";
import { chip } from "./labels.js";
import { order } from "./state.js";
import { STATUS, name, short } from "./words.js";

const COLUMN = 132,
    GAP = 44,
    HEAD = 20,
    SLOT = 7,
    BETWEEN = 14,
    TOP = 28;
const VIEWS = { picture: "Picture", table: "Table", movement: "Movement" };

export class Sort {
    constructor(actions) {
        this.actions = actions;
        this.tabs = Object.entries(VIEWS).map(([view, text]) =>
            h("button", { class: "plain", type: "button", "data-view": view, onclick: () => this.choose(view) }, text),
        );
        this.about = h("p", { class: "quiet" });
        this.lines = drawn("g", { class: "lines" });
        this.nodes = drawn("g", {});
        this.heads = drawn("g", { class: "heads", "aria-hidden": "true" });
        this.ranks = drawn("g", { class: "ranks" });
        this.svg = drawn(
            "svg",
            {
                role: "group",
                "aria-label": "The sort, round by round. Arrow keys move between comparisons, Enter opens one.",
            },
            this.heads,
            this.lines,
            this.nodes,
            this.ranks,
        );
        this.body = h("div", { class: "drawing" });
        this.node = h(
            "section",
            { class: "sort", id: "sort", hidden: true, "aria-label": "The whole sort" },
            h(
                "header",
                {},
                h("h2", {}, "The sort"),
                h("div", { role: "group", "aria-label": "How it is shown" }, this.tabs),
            ),
            this.about,
            this.body,
        );
        this.svg.addEventListener("pointerover", (event) => this.light(event.target.dataset.document || null));
        this.svg.addEventListener("pointerleave", () => this.light(null));
        this.svg.addEventListener("focusin", (event) =>
            this.light(
                this.state.calls.get(Number(event.target.dataset.call))?.winner ||
                    event.target.dataset.document ||
                    null,
            ),
        );
        this.svg.addEventListener("focusout", () => this.light(null));
        this.svg.addEventListener("click", (event) => this.press(event.target));
        this.svg.addEventListener("keydown", (event) => this.key(event));
    }

    reset(state) {
        Object.assign(this, { state, boxes: new Map(), rounds: [], lit: null, seen: "", open: false });
        for (const part of [this.lines, this.nodes, this.heads, this.ranks]) part.replaceChildren();
        this.node.hidden = true;
    }

    toggle() {
        this.open = !this.open;
        this.node.hidden = !this.open;
        if (this.open) this.choose(matchMedia("(max-width: 600px)").matches ? "table" : "picture");
    }

    choose(view) {
        this.view = view;
        for (const tab of this.tabs) mark(tab, "aria-pressed", String(tab.dataset.view === view));
        this.seen = "";
        this.update(this.state);
    }

    update(state) {
        if (!this.open) return;
        const seen = `${state.calls.size}/${[...state.calls.values()].map((call) => call.status[0]).join("")}/${state.settled.size}/${state.phase}`;
        if (seen === this.seen) return;
        this.seen = seen;
        if (this.view === "picture") this.picture();
        else this.body.replaceChildren(this.view === "table" ? this.table() : this.movement());
        say(this.about, ABOUT[this.view]);
    }

    picture() {
        for (const call of this.state.calls.values()) this.box(call);
        const width = this.rounds.length * (COLUMN + GAP);
        const height = Math.max(...this.rounds.map((round) => round.bottom), TOP + this.state.settled.size * 24) + 16;
        this.settled(width);
        this.paths(width);
        mark(this.svg, "viewBox", `0 0 ${width + 260} ${height}`);
        mark(this.svg, "width", String(width + 260));
        mark(this.svg, "height", String(height));
        sync(this.body, [this.svg]);
        if (!this.nodes.querySelector("[tabindex='0']")) this.nodes.firstChild?.setAttribute("tabindex", "0");
    }

    // One comparison, made once.
    box(call) {
        let box = this.boxes.get(call.id);
        if (!box) {
            const round = (this.rounds[call.round - 1] ??= this.round(call.round));
            box = { x: (call.round - 1) * (COLUMN + GAP) + 8, y: round.bottom, call, slots: new Map() };
            const tall = HEAD + call.documents.length * SLOT + 4;
            round.bottom += tall + BETWEEN;
            round.calls.push(call.id);
            box.slotNodes = call.documents.map((id, place) => {
                const y = box.y + HEAD + place * SLOT;
                box.slots.set(id, y + 2.5);
                return drawn("rect", {
                    class: "slot",
                    x: box.x + 8,
                    y,
                    width: COLUMN - 16,
                    height: 5,
                    rx: 2,
                    "data-document": id,
                });
            });
            box.node = drawn(
                "g",
                { class: "box", role: "button", tabindex: "-1", "data-call": call.id },
                drawn("rect", { class: "frame", x: box.x, y: box.y, width: COLUMN, height: tall, rx: 6 }),
                (box.text = drawn("text", { x: box.x + 8, y: box.y + 14 })),
                ...box.slotNodes,
            );
            this.nodes.append(box.node);
            this.boxes.set(call.id, box);
        }
        if (box.node.dataset.status === call.status) return;
        mark(box.node, "data-status", call.status);
        const won = call.winner ? `, won by ${name(this.state.documents.get(call.winner), call.winner)}` : "";
        mark(
            box.node,
            "aria-label",
            `Comparison ${call.id}, round ${call.round}, ${call.documents.length} documents, ${STATUS[call.status]}${won}`,
        );
        say(
            box.text,
            `${call.id} ${{ retried: "asked again", failed: "not read", cancelled: "ended", running: "…", unfinished: "cut off" }[call.status] || ""}`.trim(),
        );
        for (const slot of box.slotNodes) slot.classList.toggle("won", slot.dataset.document === call.winner);
    }

    round(number) {
        this.heads.append(drawn("text", { x: (number - 1) * (COLUMN + GAP) + 8, y: 16 }, `Round ${number}`));
        return { bottom: TOP, calls: [] };
    }

    settled(width) {
        const nodes = [drawn("text", { class: "head", x: width + 8, y: 16, "aria-hidden": "true" }, "Rank")];
        for (const [id, { rank }] of this.state.settled) {
            const title = name(this.state.documents.get(id), id);
            nodes.push(
                drawn(
                    "g",
                    {
                        class: "settled",
                        role: "button",
                        tabindex: "0",
                        "data-document": id,
                        "data-go": id,
                        "aria-label": `Rank ${rank}, ${title}: go to it`,
                    },
                    drawn("rect", {
                        class: "hit",
                        x: width,
                        y: TOP + (rank - 1) * 24,
                        width: 252,
                        height: 24,
                        "data-document": id,
                    }),
                    drawn(
                        "text",
                        { x: width + 8, y: TOP + rank * 24 - 8, "data-document": id },
                        `${rank}  ${short(title, 32)}`,
                    ),
                ),
            );
        }
        this.ranks.replaceChildren(...nodes);
    }

    // The ways of the settled documents, and of the one that is looked at.
    paths(width) {
        const shown = new Set([...this.state.settled.keys(), this.lit].filter(Boolean));
        this.lines.replaceChildren(
            ...[...shown].map((id) =>
                drawn("path", { d: this.way(id, width), "data-document": id, class: id === this.lit ? "lit" : "" }),
            ),
        );
    }

    // Through every comparison that a document stood in, to its rank.
    way(id, width) {
        const stops = [...this.boxes.values()]
            .filter((box) => box.slots.has(id) && !["cancelled", "retried"].includes(box.call.status))
            .map((box) => [box.x + 8, box.slots.get(id), box.x + COLUMN - 8]);
        const rank = this.state.settled.get(id)?.rank;
        if (rank) stops.push([width, TOP + rank * 24 - 12, width]);
        let path = "";
        stops.forEach(([left, y, right], at) => {
            const before = stops[at - 1];
            const bend = before && Math.max(24, (left - before[2]) / 2);
            path += before ? `C${before[2] + bend} ${before[1]} ${left - bend} ${y} ${left} ${y}` : `M${left} ${y}`;
            path += `H${right}`;
        });
        return path;
    }

    light(id) {
        if (id === this.lit || this.view !== "picture") return;
        this.lit = id;
        this.svg.classList.toggle("lighted", id !== null);
        this.paths(this.rounds.length * (COLUMN + GAP));
        for (const node of this.svg.querySelectorAll("[data-document]"))
            node.classList.toggle("lit", node.dataset.document === id);
        if (this.open) say(this.about, id ? name(this.state.documents.get(id), id) : ABOUT.picture);
    }

    press(target) {
        const rank = target.closest("[data-go]");
        const box = target.closest("[data-call]");
        if (rank) this.actions.go(rank.dataset.go);
        else if (box) this.actions.call(Number(box.dataset.call));
    }

    key(event) {
        if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            return this.press(event.target);
        }
        const at = this.boxes.get(Number(event.target.dataset?.call));
        const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
        if (!at || !moves) return;
        event.preventDefault();
        const place = this.rounds[at.call.round - 1].calls.indexOf(at.call.id);
        const round = this.rounds[at.call.round - 1 + moves[0]];
        const to = round?.calls[Math.min(round.calls.length - 1, Math.max(0, place + moves[1]))];
        if (to === undefined) return;
        at.node.setAttribute("tabindex", "-1");
        const { node } = this.boxes.get(to);
        node.setAttribute("tabindex", "0");
        node.focus();
        node.scrollIntoView({ block: "nearest", inline: "nearest" });
    }

    table() {
        const { state, actions } = this;
        const rows = [...state.calls.values()].map((call) =>
            h(
                "tr",
                {},
                h("td", {}, String(call.round)),
                h(
                    "td",
                    {},
                    h(
                        "button",
                        {
                            class: "link",
                            type: "button",
                            "aria-label": `Comparison ${call.id}`,
                            onclick: () => actions.call(call.id),
                        },
                        String(call.id),
                    ),
                ),
                h("td", {}, call.purpose),
                h("td", {}, String(call.documents.length)),
                h("td", {}, call.winner ? chip(call.winner, state, actions) : "–"),
                h("td", {}, STATUS[call.status]),
            ),
        );
        return h(
            "div",
            { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of comparisons" },
            h(
                "table",
                {},
                h("caption", { class: "spoken" }, "Every comparison, by round"),
                h(
                    "thead",
                    {},
                    h(
                        "tr",
                        {},
                        ["Round", "No.", "Asked for", "Documents", "Chosen", "Status"].map((head) =>
                            h("th", { scope: "col" }, head),
                        ),
                    ),
                ),
                h("tbody", {}, rows),
            ),
        );
    }

    // Each document's place in the first stage on the left, at the end on the right.
    movement() {
        const { state, actions } = this;
        const ids = order(state).slice(0, 40);
        const before = [...ids].sort((a, b) => state.documents.get(a).rank - state.documents.get(b).rank);
        const step = 24,
            side = 240,
            width = 680;
        const rows = ids.map((id, place) => {
            const from = before.indexOf(id) * step + 36,
                to = place * step + 36;
            const { rank } = state.documents.get(id);
            const way = rank > place + 1 ? "up" : rank < place + 1 ? "down" : "same";
            const title = name(state.documents.get(id), id);
            return drawn(
                "g",
                {
                    class: `slope ${way}${state.settled.has(id) ? " settled" : ""}`,
                    role: "button",
                    tabindex: "0",
                    "aria-label": `${title}: ${rank} by ${state.stage || "the first stage"}, now ${place + 1}`,
                    onclick: () => actions.go(id),
                    onkeydown: (event) => event.key === "Enter" && actions.go(id),
                },
                drawn("text", { x: side - 8, y: from + 4, "text-anchor": "end" }, `${short(title, 28)}  ${rank}`),
                drawn("path", {
                    d: `M${side} ${from}C${side + 80} ${from} ${width - side - 80} ${to} ${width - side} ${to}`,
                }),
                drawn("text", { x: width - side + 8, y: to + 4 }, `${place + 1}  ${short(title, 28)}`),
            );
        });
        const heads = [
            drawn("text", { class: "head", x: side - 8, y: 16, "text-anchor": "end" }, state.stage || "First stage"),
            drawn("text", { class: "head", x: width - side + 8, y: 16 }, "Now"),
        ];
        return drawn(
            "svg",
            {
                role: "group",
                "aria-label": "From the first stage to the end",
                class: "slopes",
                width,
                height: ids.length * step + 32,
                viewBox: `0 0 ${width} ${ids.length * step + 32}`,
            },
            heads,
            rows,
        );
    }
}

const ABOUT = {
    picture: "Each box is a comparison, each bar in it a document, the full one chosen. Lines lead to the ranks.",
    table: "Every comparison in the order it was asked.",
    movement: "Where each document stood in the first stage, and where it stands now.",
};
