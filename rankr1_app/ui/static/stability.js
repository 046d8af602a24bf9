// The same search with the documents shuffled otherwise: which ranks hold, which move, and what is said differently.

import { h, say } from "./dom.js";
import { chip, labelled } from "./labels.js";
import { base, kept } from "./source.js";
import { empty, ended, fold, order, story } from "./state.js";
import { plural } from "./words.js";

const SEED = 7919;

export class Stability {
    constructor(actions) {
        this.actions = actions;
        this.many = h(
            "select",
            { "aria-label": "How many other shuffles" },
            [2, 3, 4, 5].map((n) => h("option", { value: n }, `${n} other shuffles`)),
        );
        this.button = h("button", { class: "plain", type: "button", onclick: () => this.toggle() }, "Check stability");
        this.about = h("p", { class: "quiet", role: "status" });
        this.body = h("div", {});
        this.node = h(
            "section",
            { class: "stability", hidden: true, "aria-label": "Stability" },
            h("h2", {}, "Would another shuffle rank them alike?"),
            h("p", { class: "doing" }, this.many, " ", this.button),
            this.about,
            this.body,
        );
    }

    reset(state) {
        this.reading?.abort();
        Object.assign(this, { state, runs: new Map(), reading: null });
        this.body.replaceChildren();
        say(this.about, "");
        this.node.hidden = true;
    }

    update(state) {
        this.node.hidden = Boolean(kept) || state.phase !== "finished" || !state.calls.size;
    }

    toggle() {
        if (this.reading) return this.reading.abort();
        this.check();
    }

    async check() {
        const { state } = this;
        const many = Number(this.many.value);
        this.runs = new Map();
        const reading = (this.reading = new AbortController());
        say(this.button, "Stop");
        try {
            // All at once: the engine takes in what it has room for.
            say(this.about, `${plural(many, "shuffle")} are being searched.`);
            let done = 0;
            await Promise.all(
                Array.from({ length: many }, async (_, n) => {
                    const run = await this.search(n, reading.signal);
                    if (this.state !== state) return;
                    this.runs.set(n + 1, run);
                    this.draw();
                    say(this.about, `${++done} of ${plural(many, "shuffle")} searched.`);
                }),
            );
            if (this.state === state) say(this.about, this.summary());
        } catch (error) {
            const stopped = reading.signal.aborted;
            reading.abort();
            if (this.state === state) say(this.about, stopped ? "Stopped." : `It ended early: ${error.message}`);
        } finally {
            if (this.reading === reading || !this.reading) {
                this.reading = null;
                say(this.button, "Check stability");
            }
        }
    }

    async search(n, signal) {
        const { state } = this;
        const asked = {
            ...this.actions.settings(),
            query: state.query,
            seed: ((state.settings.seed || 0) + (n + 1) * SEED) % 2 ** 31,
            order: "shuffled",
        };
        const answer = await fetch(`${base}api/search`, {
            method: "POST",
            body: JSON.stringify(asked),
            headers: { "Content-Type": "application/json" },
            signal,
        });
        if (!answer.ok) throw new Error((await answer.json()).error);
        const found = empty();
        let rest = "";
        for await (const piece of chunks(answer.body)) {
            const lines = (rest + piece).split("\n");
            rest = lines.pop();
            for (const line of lines) if (line) fold(found, JSON.parse(line));
        }
        if (!ended(found) || found.phase === "failed") throw new Error(found.message || "the search did not end");
        return found;
    }

    // The shuffles searched so far, by number.
    found() {
        return [...this.runs].sort(([one], [other]) => one - other);
    }

    places(id) {
        return [this.state, ...this.found().map(([, run]) => run)].map((run) => order(run).indexOf(id) + 1);
    }

    summary() {
        const top = [...this.state.settled.keys()];
        const holds = top.filter((id) => new Set(this.places(id)).size === 1);
        return `${holds.length} of ${plural(top.length, "rank")} hold in every shuffle.`;
    }

    draw() {
        const { state, actions } = this;
        const heads = ["Document", "Here", ...this.found().map(([n]) => `Shuffle ${n}`), "So it"];
        const rows = [...state.settled.keys()].map((id) => {
            const places = this.places(id);
            const low = Math.min(...places),
                high = Math.max(...places);
            return h(
                "tr",
                { class: low === high ? "holds" : "moves" },
                h("th", { scope: "row" }, chip(id, state, actions), this.said(id)),
                places.map((place) => h("td", { class: "number" }, String(place))),
                h("td", {}, low === high ? "holds" : `moves, ${low} to ${high}`),
            );
        });
        this.body.replaceChildren(
            h(
                "div",
                { class: "scroll", tabindex: "0", role: "region", "aria-label": "Ranks by shuffle" },
                h(
                    "table",
                    {},
                    h(
                        "thead",
                        {},
                        h(
                            "tr",
                            {},
                            heads.map((head) => h("th", { scope: "col" }, head)),
                        ),
                    ),
                    h("tbody", {}, rows),
                ),
            ),
        );
    }

    // What each run says of a document where it decided its rank.
    said(id) {
        const { actions } = this;
        const words = [[0, this.state], ...this.found()].map(([n, run]) => {
            const main = story(run, id).main;
            const text =
                main &&
                main.spans.map(({ start, end }) =>
                    labelled(main.call.text.slice(start, end), main.call, run, actions, id),
                );
            return h(
                "li",
                {},
                h("span", { class: "quiet" }, n ? `Shuffle ${n}: ` : "Here: "),
                text
                    ? h(
                          "span",
                          { class: "words" },
                          text.flatMap((part) => [...part, " "]),
                      )
                    : "nothing said",
            );
        });
        return h("details", {}, h("summary", {}, "What is said"), h("ol", {}, words));
    }
}

async function* chunks(stream) {
    const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        yield value;
    }
}
