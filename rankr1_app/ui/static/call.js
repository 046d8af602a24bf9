// One comparison whole: what was asked and what came back, unaltered.

import { button, h, mark, say } from "./dom.js";
import { annotated, chip } from "./labels.js";
import { legend } from "./legend.js";
import { words } from "./search.js";
import { copied } from "./share.js";
import { wholeCall } from "./source.js";
import { winner } from "./state.js";
import { Trial } from "./trial.js";
import { FINISH, KINDS, STATUS, called, capital, count, earlier, plural, score, seconds } from "./words.js";

/** @import { Actions, Call, Child, State, Whole } from "./types.d.ts" */

export class CallView {
    /**
     * @param {Call} call
     * @param {Actions} actions
     */
    constructor(call, actions) {
        this.call = call;
        this.actions = actions;
        /** @type {State} */
        this.state = actions.state;
        this.status = call.status;
        /** @type {Whole | null} */
        this.whole = null;
        this.wrong = "";
        this.exact = false;
        this.title = capital(called(call));
        this.address = ["call", String(call.id)];
        this.trial = new Trial(call, actions, () => actions.renew(this));
        this.trial.fetch();
        this.fetch();
    }

    /** @returns {[boolean, boolean]} */
    neighbours() {
        return [this.state.calls.has(this.call.id - 1), this.state.calls.has(this.call.id + 1)];
    }

    /** @param {number} by */
    step(by) {
        this.actions.call(this.call.id + by);
    }

    async fetch() {
        this.status = this.call.status;
        try {
            this.whole = await wholeCall(this.state.run, this.call.id);
        } catch (error) {
            this.wrong = words(error);
        }
        this.actions.renew(this);
    }

    // A comparison that was opened while it ran is shown again when it has ended.
    update() {
        if (this.status !== this.call.status) this.fetch();
    }

    nodes() {
        return [...this.facts(), ...this.trial.nodes(), ...(this.whole ? this.texts(this.whole) : [this.waiting()])];
    }

    waiting() {
        const text = this.wrong ? `What was sent could not be fetched: ${this.wrong}` : "Fetching what was sent.";
        return h("p", { class: this.wrong ? "bad" : "quiet" }, text);
    }

    facts() {
        const { call, actions } = this;
        const rows = [...this.rows(), ...(call.seconds == null ? [] : measured(call))];
        return [
            h(
                "dl",
                {},
                rows.flatMap(([term, what]) => [h("dt", {}, term), h("dd", {}, what)]),
            ),
            h("h3", {}, "Documents and their labels"),
            h(
                "ol",
                { class: "labels" },
                call.documents.map((id, place) => {
                    const named = call.letters ? String.fromCharCode(65 + place) : place + 1;
                    const label = h("span", { class: "label" }, `[${named}]`);
                    const told = h("span", { class: "quiet" }, fate(call, id, place) + this.shown(id));
                    return h("li", {}, label, chip(id, actions), told);
                }),
            ),
        ];
    }

    /** @returns {[string, Child | Child[]][]} */
    rows() {
        const { call, actions } = this;
        const first = winner(call);
        /** @type {[string, Child | Child[]][]} */
        const rows = [
            ["Purpose", call.purpose],
            ["Status", STATUS[call.status] + (call.error ? `: ${call.error}` : "")],
        ];
        if (call.answer.length) rows.push(["Model chose", call.answer.map((id) => chip(id, actions))]);
        else if (call.status === "running") rows.push(["Model chose", "thinking"]);
        else if (!call.scores.length) rows.push(["Model chose", "nothing that could be read"]);
        if (first && first !== call.answer[0]) rows.push(["Kept", chip(first, actions)]);
        const { repeats } = call;
        if (repeats) {
            const other = call.documents.length > 1 ? ", with the documents in another order" : "";
            rows.push([
                "Repeats",
                button("link", `${KINDS[call.kind].noun} ${repeats}${other}`, () => actions.call(repeats)),
            ]);
        }
        rows.push(["Round", String(call.round)]);
        return rows;
    }

    /** @param {Whole} whole */
    texts(whole) {
        const text = whole.text || this.call.text;
        const figures = legend(text);
        return [
            h("h3", {}, "What the model wrote"),
            ...(figures ? [h("p", {}, figures.open), figures.list] : []),
            ...(text ? this.written(text) : [h("p", { class: "quiet" }, this.silence())]),
            ...(whole.messages.length ? [h("h3", {}, "Prompt")] : []),
            ...whole.messages.map(({ role, content }) =>
                h(
                    "details",
                    { class: "message", open: role !== "system" },
                    h("summary", {}, `${role}, ${plural(content.length, "character")}`),
                    ...copying(content),
                    h("pre", { class: "raw", tabindex: "0", dir: "auto" }, content),
                ),
            ),
        ];
    }

    /**
     * How much the model was shown of a document, where that is not all.
     * @param {string} id
     */
    shown(id) {
        const characters = this.state.shortened?.documents[id];
        return characters ? ` only its first ${count(characters)} characters were read` : "";
    }

    silence() {
        const { status, kind } = this.call;
        if (status === "running") return "Nothing yet.";
        return kind === "score" ? "Nothing: this method scores, and gives no reasons." : "Nothing.";
    }

    /**
     * The output as it came, and what its labels stand for beside them, if wished.
     * @param {string} text
     */
    written(text) {
        const output = h("pre", { class: "words raw", tabindex: "0", dir: "auto" });
        const span = { start: 0, end: text.length };
        const show = (/** @type {boolean} */ exact) => {
            this.exact = exact;
            output.replaceChildren(...(exact ? [text] : annotated({ ...this.call, text }, span, this.actions)));
            mark(titled, "aria-pressed", String(!exact));
            mark(plain, "aria-pressed", String(exact));
        };
        const titled = button("plain", "With titles", () => show(false));
        const plain = button("plain", "Exactly as written", () => show(true));
        show(this.exact);
        const about = { class: "doing", role: "group", "aria-label": "How labels are shown" };
        return [h("p", about, titled, plain, ...copying(text)), output];
    }
}

/**
 * A button that copies `text`, where pages have a clipboard.
 * @param {string} text
 */
function copying(text) {
    if (!navigator.clipboard) return [];
    const copy = button("plain", "Copy", async () => {
        say(copy, (await copied(text)) ? "Copied" : "Copying is not allowed");
        setTimeout(() => say(copy, "Copy"), 2000);
    });
    return [copy];
}

/**
 * What became of a label: chosen or not, and its score where there is one.
 * @param {Call} call
 * @param {string} id
 * @param {number} place
 */
function fate(call, id, place) {
    const value = call.scores[place];
    const said = id === winner(call) ? " chosen" : "";
    if (value === undefined) return said;
    if (call.scoreName === "label probability") return `${said}, probability ${(100 * value).toFixed(1)} %`;
    return `${said}, ${call.scoreName} ${score(value)}`;
}

/**
 * @param {Call} call
 * @returns {[string, string][]}
 */
function measured(call) {
    const {
        prompt_tokens: read = null,
        cached_tokens: cached = null,
        completion_tokens: written = null,
    } = call.usage ?? {};
    const tell = (/** @type {number | null | undefined} */ number) => (number == null ? "unknown" : count(number));
    const reused = cached ? `, ${count(cached)} of them cached` : "";
    /** @type {[string, string][]} */
    const rows = [
        ["Time", call.earlier ? earlier(call.earlier) : seconds(call.seconds ?? 0)],
        ["Tokens", `${tell(read)} in the prompt${reused}, ${tell(written)} generated`],
    ];
    if (call.status !== "cancelled") rows.push(["Finish reason", FINISH[call.finish] || call.finish || "not said"]);
    return rows;
}
