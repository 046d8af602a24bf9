// A kept search, played again: at its own speed, faster, or any moment of it.

import { h, mark, say } from "./dom.js";
import { seconds } from "./words.js";

const SPEEDS = { 1: "as it was", 4: "4 times as fast" };
const STEP = 100;

export class Player {
    // `begin(lines)` shows the search as these lines left it, `more(lines)` goes on from there.
    constructor({ begin, more }) {
        Object.assign(this, { begin, more, lines: [], times: [], next: 0, playing: null });
        this.about = h("span");
        this.place = h("input", {
            type: "range",
            min: "0",
            step: "any",
            "aria-label": "Moment of the search",
            oninput: () => this.seek(Number(this.place.value)),
        });
        this.moment = h("span", { class: "moment" });
        this.pause = h("button", { class: "link", type: "button", hidden: true, onclick: () => this.stop() }, "Pause");
        const buttons = Object.entries(SPEEDS).map(([speed, text]) =>
            h("button", { class: "link", type: "button", onclick: () => this.play(Number(speed)) }, text),
        );
        this.node = h(
            "section",
            { class: "player quiet", hidden: true, "aria-label": "Recording" },
            h("p", {}, this.about, " Play it ", buttons[0], ", ", buttons[1], ". ", this.pause),
            h("p", { class: "line" }, this.place, this.moment),
        );
    }

    get open() {
        return !this.node.hidden;
    }

    // `about` says in words what is played. A recording opens at its end: what it found is what one comes for.
    load(lines, about) {
        this.lines = lines;
        let latest = 0;
        this.times = lines.map((line) => (latest = Math.max(latest, line.at || 0)));
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
        this.pause.hidden = true;
    }

    seek(at) {
        this.stop();
        const place = this.times.findIndex((time) => time > at);
        this.next = place < 0 ? this.lines.length : place;
        this.begin(this.lines.slice(0, this.next));
        this.show(at);
    }

    async play(speed) {
        if (this.next >= this.lines.length) this.seek(0);
        this.stop();
        const playing = (this.playing = {});
        this.pause.hidden = false;
        const from = this.at,
            began = performance.now();
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

    show(at) {
        this.at = Math.min(at, this.times.at(-1) || 0);
        this.place.value = String(this.at);
        const text = `${seconds(this.at)} of ${seconds(this.times.at(-1) || 0)}`;
        mark(this.place, "aria-valuetext", text);
        say(this.moment, text);
    }
}
