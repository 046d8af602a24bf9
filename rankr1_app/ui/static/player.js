// A kept search, played again: at its own speed, faster, or any moment of it.

import { button, h, mark, say } from "./dom.js";
import { rove } from "./rove.js";
import { seconds } from "./words.js";

/** @import { Raw } from "./types.d.ts" */

const STEP = 100;
const SPEEDS = [1, 4];
/** What one steps to: the list, each answer, each rank. The rest only says more of an answer, or of what is there. */
const STEPS = ["retrieved", "call_finished", "rank_settled", "search_finished", "search_stopped"];
const RANKS = ["rank_settled"];

export class Player {
    /** @type {Raw[]} */
    lines = [];
    /** @type {number[]} */
    times = [];
    next = 0;
    at = 0;
    /** Seconds at which the candidates came. */
    start = 0;
    /** @type {object | null} */
    playing = null;
    speed = 1;

    /**
     * `begin(lines)` shows the search as these lines left it, `more(lines)` goes on from there.
     * @param {{ begin: (lines: Raw[]) => void, more: (lines: Raw[]) => void }} shown
     */
    constructor({ begin, more }) {
        this.begin = begin;
        this.more = more;
        this.about = h("span");
        const oninput = (/** @type {any} */ event) => this.seek(Number(event.target.value));
        this.place = h("input", {
            type: "range",
            min: "0",
            step: "any",
            "aria-label": "Moment of the search",
            oninput,
        });
        this.moment = h("span", { class: "moment" });
        this.toggle = button("plain", "Replay", () => (this.playing ? this.stop() : this.play()));
        this.paces = SPEEDS.map((speed) => {
            const about = {
                "aria-label": `${speed} times the speed`,
                "aria-pressed": String(speed === this.speed),
                tabindex: "-1",
            };
            return button("plain", `${speed}×`, () => this.pace(speed), about);
        });
        this.before = button("plain", "‹", () => this.step(-1), {
            "aria-label": "Previous step",
            title: "Previous step",
            tabindex: "-1",
        });
        this.after = button("plain", "›", () => this.step(1), {
            "aria-label": "Next step",
            title: "Next step",
            tabindex: "-1",
        });
        this.rank = button("plain", "Next rank", () => this.toRank(), { tabindex: "-1" });
        const about = { class: "doing", role: "toolbar", "aria-label": "Replay" };
        const tools = h("div", about, this.toggle, this.paces, this.before, this.after, this.rank);
        rove(tools, "button");
        this.node = h(
            "section",
            { class: "player quiet", hidden: true, "aria-label": "Recording" },
            h("p", {}, this.about),
            h("div", { class: "line" }, tools, this.place, this.moment),
        );
    }

    get open() {
        return !this.node.hidden;
    }

    /**
     * A recording opens at its end: what it found is what one comes for.
     * @param {Raw[]} lines
     * @param {string} about says in words what is played
     */
    load(lines, about) {
        this.lines = lines;
        let latest = 0;
        this.times = lines.map((line) => (latest = Math.max(latest, line.at || 0)));
        // It begins with the candidates: how long they took to be found is nothing to look at.
        this.start = lines.find(({ type }) => type === "retrieved")?.at ?? 0;
        mark(this.place, "min", String(this.start));
        mark(this.place, "max", String(latest));
        say(this.about, about);
        this.node.hidden = false;
        this.seek(latest);
    }

    close() {
        this.stop();
        this.node.hidden = true;
    }

    stop() {
        this.playing = null;
        say(this.toggle, this.next < this.lines.length && this.at > this.start ? "Resume" : "Replay");
    }

    /** @param {number} speed */
    pace(speed) {
        this.speed = speed;
        this.paces.forEach((button, n) => mark(button, "aria-pressed", String(SPEEDS[n] === speed)));
        this.play();
    }

    /**
     * The moment of the next step, or of the one before.
     * @param {number} by
     */
    stepTime(by) {
        const times = this.timesOf(STEPS);
        return by > 0 ? times.find((time) => time > this.at) : times.findLast((time) => time < this.at);
    }

    /** @param {string[]} types */
    timesOf(types) {
        return this.times.filter((_, n) => types.includes(this.lines[n].type));
    }

    // To the moment at which the next rank was settled; from the last one to the first.
    toRank() {
        const times = this.timesOf(RANKS);
        this.seek(times.find((time) => time > this.at) ?? times[0]);
    }

    /**
     * To the next moment at which something happened, or the one before.
     * @param {number} by
     */
    step(by) {
        const to = this.stepTime(by);
        if (to !== undefined) this.seek(to);
    }

    /** @param {number} at */
    seek(at) {
        this.playing = null;
        const place = this.times.findIndex((time) => time > at);
        this.next = place < 0 ? this.lines.length : place;
        this.begin(this.lines.slice(0, this.next));
        this.show(at);
        this.stop();
    }

    async play() {
        const { speed } = this;
        if (this.next >= this.lines.length) this.seek(this.start);
        this.stop();
        const playing = (this.playing = {});
        say(this.toggle, "Pause");
        const from = this.at;
        const began = performance.now();
        while (this.next < this.lines.length) {
            const now = from + ((performance.now() - began) * speed) / 1000;
            const due = this.next;
            while (this.next < this.lines.length && this.times[this.next] <= now) this.next++;
            if (this.next > due) this.more(this.lines.slice(due, this.next));
            this.show(now);
            if (this.next === this.lines.length) break;
            const wait = ((this.times[this.next] - now) / speed) * 1000;
            await new Promise((done) => setTimeout(done, Math.min(STEP, Math.max(8, wait))));
            if (this.playing !== playing) return;
        }
        this.stop();
    }

    /** @param {number} at */
    show(at) {
        const latest = this.times.at(-1) || 0;
        this.at = Math.max(this.start, Math.min(at, latest));
        this.place.value = String(this.at);
        const text = `${seconds(this.at - this.start)} of ${seconds(latest - this.start)}`;
        mark(this.place, "aria-valuetext", text);
        say(this.moment, text);
        this.before.disabled = this.stepTime(-1) === undefined;
        this.after.disabled = this.stepTime(1) === undefined;
        const ranks = this.timesOf(RANKS);
        this.rank.disabled = !ranks.length;
        say(this.rank, ranks.some((time) => time > this.at) ? "Next rank" : "First rank");
    }
}
