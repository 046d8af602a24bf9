// The sort as a drawing: rounds from left to right, every comparison with its documents and its winner, and the ranks
// they led to beside them, always in view.

import { button, drawn, h, mark, say } from "./dom.js";
import { fitting, line, measures, zoomed } from "./measures.js";
import { LINE, Ranks } from "./ranks.js";
import { settle } from "./rove.js";
import { winner } from "./state.js";
import { STATUS, called, capital, name, plural } from "./words.js";

/** @import { Stop } from "./measures.js" */
/** @import { Actions, Call, Settled, Status } from "./types.d.ts" */

const WIDEST = 184;
const BETWEEN = 12;
/** How wide the ranks are where the rounds leave no more room. */
const RANKS = 216;

/** @type {Partial<Record<Status, string>>} */
const NOTES = {
    retried: "asked again",
    failed: "not read",
    cancelled: "not needed",
    running: "…",
    unfinished: "cut off",
};
/** @type {Record<string, [rounds: number, calls: number]>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @typedef {{ bottom: number, calls: number[] }} Round */
/** @typedef {{ top: number, call: Call, node: HTMLElement, name: HTMLElement, rank: HTMLElement, slots: HTMLElement[] }} Box */

export class Picture {
    /** @type {Map<number, Box>} */
    boxes = new Map();
    /** @type {Round[]} */
    rounds = [];
    /** @type {Map<string, [box: Box, place: number][]>} Where each document stands. */
    stands = new Map();
    /** @type {string | null} */
    lit = null;
    /** What is zoomed to by hand; 0 where the rounds are as wide as fits. */
    chosen = 0;
    room = 0;
    size = measures(WIDEST);

    /**
     * @param {Actions} view
     * @param {(id: string | null) => void} lighted called with the document that is looked at
     */
    constructor(view, lighted) {
        this.view = view;
        this.lighted = lighted;
        this.lines = drawn("svg", { class: "lines", "aria-hidden": "true" });
        this.plane = h("div", { class: "plane" });
        this.heads = h("div", { class: "heads", "aria-hidden": "true" });
        this.ranks = new Ranks(view);
        const corner = h("div", { class: "corner", "aria-hidden": "true" }, "Rank");
        const about = "The sort, round by round. Arrow keys move between comparisons, Enter opens one.";
        const parts = [this.heads, corner, this.plane, this.ranks.node];
        this.node = h("div", { class: "canvas", role: "group", "aria-label": about }, parts);
        this.node.addEventListener("pointerover", (event) => this.light(this.about(event.target)));
        this.node.addEventListener("pointerleave", () => this.light(null));
        this.node.addEventListener("focusin", (event) => this.light(this.about(event.target)));
        this.node.addEventListener("focusout", () => this.light(null));
        this.plane.addEventListener("keydown", (event) => this.key(event));
    }

    // How wide the rounds are altogether.
    get width() {
        return this.rounds.length * this.size.unit;
    }

    reset() {
        this.chosen = 0;
        this.forget();
    }

    // Draw nothing, so that everything is drawn again.
    forget() {
        for (const all of [this.boxes, this.stands]) all.clear();
        this.rounds = [];
        this.lit = null;
        this.lighted(null);
        this.plane.replaceChildren(this.lines);
        this.heads.replaceChildren();
        this.ranks.reset();
    }

    /**
     * @param {number} room how wide all of it may be
     */
    update(room = this.room) {
        this.room = room;
        const { calls } = this.view.state;
        const rounds = Math.max(1, ...Array.from(calls.values(), ({ round }) => round));
        const unit = this.chosen || fitting(rounds, this.room - RANKS);
        if (unit !== this.size.unit) {
            this.size = measures(unit);
            this.forget();
        }
        for (const call of calls.values()) this.draw(call);
        for (const each of this.ranks.update()) this.decide(each);
        const bottoms = this.rounds.map((round) => round.bottom);
        const height = Math.max(0, ...bottoms, this.ranks.height);
        for (const node of [this.plane, this.lines]) mark(node, "style", `width: ${this.width}px; height: ${height}px`);
        mark(
            this.node,
            "style",
            `--box: ${this.size.width}px; --bar: ${this.size.slot - 2}px; --ranks: ${RANKS}px; --lines: ${this.size.head > 40 ? 2 : 1}`,
        );
        this.node.classList.toggle("unnamed", !this.size.named);
        this.node.classList.toggle("unranked", !this.size.ranked);
        this.node.classList.toggle("bare", !this.size.numbered);
        this.paths();
        settle(this.plane, ".box");
    }

    /** @param {number} by how many steps wider the rounds are from now on; 0 for as wide as fits */
    zoom(by) {
        this.chosen = by && zoomed(this.size.unit, by);
        this.update();
    }

    /**
     * One comparison: made once, changed when it ends.
     * @param {Call} call
     */
    draw(call) {
        const box = this.boxes.get(call.id) ?? this.box(call);
        if (box.node.dataset.status === call.status) return;
        const first = winner(call);
        const title = first ? name(this.view.state.documents.get(first), first) : "";
        mark(box.node, "data-status", call.status);
        say(box.name, title || (NOTES[call.status] ?? ""));
        box.slots.forEach((slot, place) => slot.classList.toggle("won", call.documents[place] === first));
        this.tell(box);
    }

    /**
     * What a box says of itself to who does not see it.
     * @param {Box} box
     */
    tell({ call, node, rank }) {
        const first = winner(call);
        const shown = plural(call.documents.length, "document");
        const won = first ? `, won by ${name(this.view.state.documents.get(first), first)}` : "";
        const decided = rank.textContent ? `, decided rank ${rank.textContent.slice(1)}` : "";
        const text = `${capital(called(call))}, round ${call.round}, ${shown}, ${STATUS[call.status]}${won}${decided}`;
        mark(node, "aria-label", text);
        mark(node, "title", text);
    }

    /** @param {Call} call */
    box(call) {
        const { unit, head, slot: high } = this.size;
        const round = (this.rounds[call.round - 1] ??= this.round(call.round));
        const slots = call.documents.map((id) => h("span", { class: "slot", "data-document": id }));
        const [title, rank] = [h("span", { class: "won-by", dir: "auto" }), h("span", { class: "decided" })];
        const about = {
            tabindex: "-1",
            "data-call": call.id,
            style: `left: ${(call.round - 1) * unit}px; top: ${round.bottom}px`,
        };
        const top = h("span", { class: "number" }, h("span", {}, String(call.id)), rank);
        const node = button("box", [top, title, ...slots], () => this.view.call(call.id), about);
        const box = { top: round.bottom, call, node, name: title, rank, slots };
        round.bottom += head + slots.length * high + 6 + BETWEEN;
        round.calls.push(call.id);
        call.documents.forEach((id, place) => this.stands.set(id, [...(this.stands.get(id) ?? []), [box, place]]));
        this.plane.append(node);
        this.boxes.set(call.id, box);
        return box;
    }

    /** @param {number} number */
    round(number) {
        const { unit, named } = this.size;
        const style = `left: ${(number - 1) * unit}px; width: ${unit}px`;
        // Where there is no room for every number, every other one is there.
        const text = named ? `Round ${number}` : unit < 32 && number % 2 === 0 ? "" : String(number);
        this.heads.append(h("span", { style }, text));
        return { bottom: 0, calls: [] };
    }

    /**
     * A box names the ranks that it decided.
     * @param {Settled} settled
     */
    decide({ rank, calls }) {
        const box = this.boxes.get(calls.at(-1) ?? 0);
        if (!box) return;
        const first = box.rank.textContent?.split("–")[0];
        say(box.rank, first ? `${first}–${rank}` : `#${rank}`);
        this.tell(box);
    }

    // From what decided a rank to the rank; of the document that is looked at its whole way.
    paths() {
        const shown = new Set(this.ranks.rows.keys());
        if (this.lit) shown.add(this.lit);
        const paths = [...shown].map((id) => {
            const lit = id === this.lit;
            return drawn("path", { d: this.way(id, lit), "data-document": id, class: lit ? "lit" : "" });
        });
        this.lines.replaceChildren(...paths);
    }

    /**
     * Through the comparisons that a document stood in, to its rank.
     * @param {string} id
     * @param {boolean} whole or from the one that decided it
     */
    way(id, whole) {
        const { unit, width, head, slot: high } = this.size;
        const rank = this.view.state.settled.get(id);
        /** @type {Stop[]} */
        const stops = [];
        for (const [{ top, call }, place] of this.stands.get(id) ?? []) {
            if (["cancelled", "retried"].includes(call.status)) continue;
            if (!whole && call.id !== rank?.calls.at(-1)) continue;
            const left = (call.round - 1) * unit;
            stops.push([left, top + head + place * high + high / 2, left + width]);
        }
        if (rank) stops.push([this.width, (rank.rank - 0.5) * LINE, this.width]);
        return line(stops);
    }

    /**
     * The document that a place of the drawing is about: a bar's, a rank's, or the winner of a box.
     * @param {EventTarget | null} target
     */
    about(target) {
        if (!(target instanceof Element)) return null;
        const own = target.closest("[data-document]");
        if (own) return own.getAttribute("data-document");
        const call = this.view.state.calls.get(Number(target.closest("[data-call]")?.getAttribute("data-call")));
        return call ? winner(call) : null;
    }

    /** @param {string | null} id */
    light(id) {
        if (id === this.lit || !this.node.isConnected) return;
        this.mark(this.lit, false);
        this.lit = id;
        this.mark(id, true);
        this.node.classList.toggle("lighted", id !== null);
        this.paths();
        this.lighted(id);
    }

    /**
     * @param {string | null} id
     * @param {boolean} lit
     */
    mark(id, lit) {
        if (id === null) return;
        for (const [box, place] of this.stands.get(id) ?? []) box.slots[place].classList.toggle("lit", lit);
        this.ranks.mark(id, lit);
    }

    /** @param {KeyboardEvent} event */
    key(event) {
        const move = MOVES[event.key];
        const node = event.target instanceof Element && event.target.closest("[data-call]");
        const at = node && this.boxes.get(Number(node.getAttribute("data-call")));
        if (!at || !move) return;
        event.preventDefault();
        const [rounds, calls] = move;
        const place = this.rounds[at.call.round - 1].calls.indexOf(at.call.id);
        const round = this.rounds[at.call.round - 1 + rounds];
        const to = this.boxes.get(round?.calls[Math.min(round.calls.length - 1, Math.max(0, place + calls))]);
        if (!to) return;
        mark(at.node, "tabindex", "-1");
        mark(to.node, "tabindex", "0");
        to.node.focus();
    }
}
