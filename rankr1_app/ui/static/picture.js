// The sort as a drawing: rounds from left to right, every comparison with its documents, and the way of each document
// to its rank.

import { drawn, mark, say } from "./dom.js";
import { winner } from "./state.js";
import { STATUS, called, capital, name, plural, short } from "./words.js";

/** @import { Actions, Call, Status } from "./types.d.ts" */

const COLUMN = 132;
const GAP = 44;
const HEAD = 20;
const SLOT = 7;
const BETWEEN = 14;
const TOP = 28;
const LINE = 24;
const RANKS = 260;

/** @type {Partial<Record<Status, string>>} */
const NOTES = { retried: "asked again", failed: "not read", cancelled: "ended", running: "…", unfinished: "cut off" };
/** @type {Record<string, [rounds: number, calls: number]>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @typedef {{ bottom: number, calls: number[] }} Round */
/** @typedef {{ x: number, call: Call, node: SVGGElement, text: SVGTextElement, slots: Map<string, SVGRectElement> }} Box */

export class Picture {
    /** @type {Map<number, Box>} */
    boxes = new Map();
    /** @type {Round[]} */
    rounds = [];
    /** @type {string | null} */
    lit = null;

    /**
     * @param {Actions} view
     * @param {(id: string | null) => void} lighted called with the document that is looked at
     */
    constructor(view, lighted) {
        this.view = view;
        this.lighted = lighted;
        this.lines = drawn("g", { class: "lines" });
        this.nodes = drawn("g");
        this.heads = drawn("g", { class: "heads", "aria-hidden": "true" });
        this.ranks = drawn("g", { class: "ranks" });
        const about = "The sort, round by round. Arrow keys move between comparisons, Enter opens one.";
        const parts = [this.heads, this.lines, this.nodes, this.ranks];
        this.svg = drawn("svg", { role: "group", "aria-label": about }, parts);
        this.svg.addEventListener("pointerover", (event) => this.light(data(event.target).document || null));
        this.svg.addEventListener("pointerleave", () => this.light(null));
        this.svg.addEventListener("focusin", (event) => this.look(event.target));
        this.svg.addEventListener("focusout", () => this.light(null));
        this.svg.addEventListener("click", (event) => this.press(event.target));
        this.svg.addEventListener("keydown", (event) => this.key(event));
    }

    get width() {
        return this.rounds.length * (COLUMN + GAP);
    }

    reset() {
        this.boxes.clear();
        this.rounds = [];
        this.lit = null;
        for (const part of [this.lines, this.nodes, this.heads, this.ranks]) part.replaceChildren();
    }

    update() {
        const { calls, settled } = this.view.state;
        for (const call of calls.values()) this.draw(call);
        const bottoms = this.rounds.map((round) => round.bottom);
        const height = Math.max(...bottoms, TOP + settled.size * LINE) + 16;
        const width = this.width + RANKS;
        this.settle();
        this.paths();
        mark(this.svg, "viewBox", `0 0 ${width} ${height}`);
        mark(this.svg, "width", String(width));
        mark(this.svg, "height", String(height));
        const first = this.nodes.firstElementChild;
        if (first && !this.nodes.querySelector("[tabindex='0']")) mark(first, "tabindex", "0");
    }

    /**
     * One comparison: made once, changed when it ends.
     * @param {Call} call
     */
    draw(call) {
        const { documents } = this.view.state;
        const { node, text, slots } = this.boxes.get(call.id) ?? this.box(call);
        if (node.dataset.status === call.status) return;
        const first = winner(call);
        const won = first ? `, won by ${name(documents.get(first), first)}` : "";
        const shown = plural(call.documents.length, "document");
        mark(node, "data-status", call.status);
        mark(
            node,
            "aria-label",
            `${capital(called(call))}, round ${call.round}, ${shown}, ${STATUS[call.status]}${won}`,
        );
        say(text, `${call.id} ${NOTES[call.status] ?? ""}`.trim());
        for (const [id, slot] of slots) slot.classList.toggle("won", id === first);
    }

    /** @param {Call} call */
    box(call) {
        const round = (this.rounds[call.round - 1] ??= this.round(call.round));
        const x = (call.round - 1) * (COLUMN + GAP) + 8;
        const y = round.bottom;
        const height = HEAD + call.documents.length * SLOT + 4;
        round.bottom += height + BETWEEN;
        round.calls.push(call.id);
        const slots = new Map(call.documents.map((id, place) => [id, slot(id, x + 8, y + HEAD + place * SLOT)]));
        const text = drawn("text", { x: x + 8, y: y + 14 });
        const frame = drawn("rect", { class: "frame", x, y, width: COLUMN, height, rx: 6 });
        const about = { class: "box", role: "button", tabindex: "-1", "data-call": call.id };
        const node = drawn("g", about, frame, text, ...slots.values());
        this.nodes.append(node);
        const box = { x, call, node, text, slots };
        this.boxes.set(call.id, box);
        return box;
    }

    /** @param {number} number */
    round(number) {
        const x = (number - 1) * (COLUMN + GAP) + 8;
        this.heads.append(drawn("text", { x, y: 16 }, `Round ${number}`));
        return { bottom: TOP, calls: [] };
    }

    settle() {
        const { width } = this;
        const { state } = this.view;
        const head = drawn("text", { class: "head", x: width + 8, y: 16, "aria-hidden": "true" }, "Rank");
        const ranks = [...state.settled].map(([id, { rank }]) => {
            const title = name(state.documents.get(id), id);
            const about = { "data-document": id, "data-go": id, "aria-label": `Rank ${rank}, ${title}: go to it` };
            const y = TOP + rank * LINE;
            const hit = { class: "hit", x: width, y: y - LINE, width: RANKS - 8, height: LINE, "data-document": id };
            const text = drawn("text", { x: width + 8, y: y - 8, "data-document": id }, `${rank}  ${short(title, 32)}`);
            return drawn("g", { class: "settled", role: "button", tabindex: "0", ...about }, drawn("rect", hit), text);
        });
        this.ranks.replaceChildren(head, ...ranks);
    }

    // The ways of the settled documents, and of the one that is looked at.
    paths() {
        const shown = new Set(this.view.state.settled.keys());
        if (this.lit) shown.add(this.lit);
        const paths = [...shown].map((id) =>
            drawn("path", { d: this.way(id), "data-document": id, class: id === this.lit ? "lit" : "" }),
        );
        this.lines.replaceChildren(...paths);
    }

    /**
     * Through every comparison that a document stood in, to its rank.
     * @param {string} id
     */
    way(id) {
        /** @type {[left: number, y: number, right: number][]} */
        const stops = [];
        for (const { x, call, slots } of this.boxes.values()) {
            const slot = slots.get(id);
            if (!slot || ["cancelled", "retried"].includes(call.status)) continue;
            stops.push([x + 8, Number(slot.getAttribute("y")) + 2.5, x + COLUMN - 8]);
        }
        const rank = this.view.state.settled.get(id)?.rank;
        if (rank) stops.push([this.width, TOP + rank * LINE - 12, this.width]);
        return stops.map(([left, y, right], at) => curve(stops[at - 1], left, y) + `H${right}`).join("");
    }

    /** @param {EventTarget | null} target */
    look(target) {
        const call = this.view.state.calls.get(Number(data(target).call));
        this.light((call && winner(call)) || data(target).document || null);
    }

    /** @param {string | null} id */
    light(id) {
        if (id === this.lit || !this.svg.isConnected) return;
        this.lit = id;
        this.svg.classList.toggle("lighted", id !== null);
        this.paths();
        for (const node of this.svg.querySelectorAll("[data-document]")) {
            node.classList.toggle("lit", data(node).document === id);
        }
        this.lighted(id);
    }

    /** @param {EventTarget | null} target */
    press(target) {
        if (!(target instanceof Element)) return;
        const rank = data(target.closest("[data-go]")).go;
        const call = data(target.closest("[data-call]")).call;
        if (rank) this.view.go(rank);
        else if (call) this.view.call(Number(call));
    }

    /** @param {KeyboardEvent} event */
    key(event) {
        if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            return this.press(event.target);
        }
        const at = this.boxes.get(Number(data(event.target).call));
        const move = MOVES[event.key];
        if (!at || !move) return;
        event.preventDefault();
        this.move(at, move);
    }

    /**
     * @param {Box} at
     * @param {[rounds: number, calls: number]} move
     */
    move(at, [rounds, calls]) {
        const place = this.rounds[at.call.round - 1].calls.indexOf(at.call.id);
        const round = this.rounds[at.call.round - 1 + rounds];
        const to = this.boxes.get(round?.calls[Math.min(round.calls.length - 1, Math.max(0, place + calls))]);
        if (!to) return;
        mark(at.node, "tabindex", "-1");
        mark(to.node, "tabindex", "0");
        to.node.focus();
        to.node.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
}

/**
 * @param {string} id
 * @param {number} x
 * @param {number} y
 */
function slot(id, x, y) {
    return drawn("rect", { class: "slot", x, y, width: COLUMN - 16, height: 5, rx: 2, "data-document": id });
}

/**
 * From the stop before to the next one.
 * @param {[left: number, y: number, right: number] | undefined} before
 * @param {number} left
 * @param {number} y
 */
function curve(before, left, y) {
    if (!before) return `M${left} ${y}`;
    const [, height, right] = before;
    const bend = Math.max(24, (left - right) / 2);
    return `C${right + bend} ${height} ${left - bend} ${y} ${left} ${y}`;
}

/**
 * What a drawn node says of itself.
 * @param {EventTarget | null} target
 * @returns {DOMStringMap}
 */
function data(target) {
    return target instanceof SVGElement ? target.dataset : {};
}
