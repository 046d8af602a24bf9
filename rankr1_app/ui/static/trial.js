// A reason that is tried: the model asked again without the passage that the reason rests on, and with it alone.

import { button, h } from "./dom.js";
import { chip, labelled } from "./labels.js";
import { meanings } from "./legend.js";
import { words } from "./search.js";
import { ask, kept } from "./source.js";
import { empty, ended, fold, winner } from "./state.js";
import { name, short, when } from "./words.js";

/** @import { Actions, Call, Child, Tried } from "./types.d.ts" */
/** @typedef {Tried["way"]} Way */

/** @type {[Way, string][]} */
const WAYS = [
    ["without", "Without the passage"],
    ["only", "With the passage alone"],
];

const ABOUT =
    "The model is asked twice more: without the passage that its reason rests on, and with that alone. " +
    "The ranking is unchanged.";
/** What is said of a passage: by whether the choice changed without it, and whether it stayed with it alone. */
const VERDICTS = [
    [
        "The passage is neither needed nor enough: without it the model chooses the same document, with it alone another one.",
        "The passage is enough, but not needed: with it alone the model chooses the same document, and without it too.",
    ],
    [
        "The passage is needed, but not enough: without it the model chooses another document, and with it alone too.",
        "The passage is needed, and enough: without it the model chooses another document, with it alone the same one.",
    ],
];
/** The same in a few words. */
const BRIEF = [
    ["its passage is neither needed nor enough", "its passage is enough, but not needed"],
    ["its passage is needed, but not enough", "its passage is needed, and enough"],
];
/** Letters of a passage that are shown. */
const LONGEST = 600;

export class Trial {
    /** @type {Map<Way, Tried>} */
    tried = new Map();
    wrong = "";
    asking = false;

    /**
     * @param {Call} call
     * @param {Actions} actions
     * @param {() => void} changed
     */
    constructor(call, actions, changed) {
        this.call = call;
        this.actions = actions;
        this.changed = changed;
        this.take(kept?.trials ?? []);
    }

    get path() {
        return `api/recordings/${encodeURIComponent(this.actions.state.run)}/trials`;
    }

    // Only what a model chose of several, in a search that is over and kept by a server, can be tried.
    get possible() {
        const { call, actions } = this;
        const chose = call.kind === "choose" && call.answer.length > 0 && winner(call);
        return !kept && ended(actions.state) && Boolean(actions.state.run) && chose;
    }

    // What was tried before.
    async fetch() {
        if (!this.possible) return;
        try {
            /** @type {{ trials: Tried[] }} */
            const { trials } = await ask(this.path);
            this.take(trials);
            this.actions.tested.take(trials);
        } catch {
            return; // what cannot be listed can still be asked
        }
        if (this.tried.size) this.changed();
    }

    /** @param {Tried[]} trials those of all calls, the latest last */
    take(trials) {
        for (const each of trials) if (each.call === this.call.id) this.tried.set(each.way, each);
    }

    async run() {
        if (!this.possible || this.asking) return;
        this.asking = true;
        this.wrong = "";
        this.changed();
        try {
            for (const [way] of WAYS) {
                /** @type {{ trials: Tried[] }} */
                const { trials } = await ask(this.path, { call: this.call.id, way });
                this.tried.set(way, trials[0]);
                this.actions.tested.take(trials);
                this.changed();
            }
        } catch (error) {
            this.wrong = `It could not be tried: ${words(error)}.`;
        }
        this.asking = false;
        this.changed();
    }

    /** @returns {Child[]} */
    nodes() {
        if (!this.possible && !this.tried.size) return [];
        const label = this.asking ? "Asking the model" : this.tried.size ? "Test it again" : "Test this reason";
        const test = this.possible && button("plain", label, () => this.run(), { disabled: this.asking });
        return [
            h("h3", {}, "Does the reason hold?"),
            h("p", { class: "quiet" }, ABOUT),
            h("p", { class: "doing" }, test),
            this.wrong && h("p", { class: "bad", role: "alert" }, this.wrong),
            h("div", { class: "trials", role: "status" }, this.verdict(), this.passage(), ...this.answers()),
        ];
    }

    verdict() {
        const { tried } = this;
        if (tried.size < WAYS.length) return null;
        const { text, holds } = verdict(winner(this.call), this.chosen("without"), this.chosen("only"));
        return h("p", { class: holds ? "up" : null }, text);
    }

    // What was left out, and then kept alone.
    passage() {
        const found = this.tried.get("without") ?? this.tried.get("only");
        const texts = (found?.passage ?? []).map((text) => h("q", { dir: "auto" }, short(text, LONGEST)));
        const title = this.actions.state.documents.get(winner(this.call) ?? "")?.title ?? "";
        const parts = found?.title ? [["its title ", h("q", { dir: "auto" }, short(title, LONGEST))], ...texts] : texts;
        return parts.length
            ? h("p", {}, "The passage: ", ...parts.flatMap((part, n) => (n ? [", ", part] : [part])))
            : null;
    }

    /** @param {Way} way */
    chosen(way) {
        return chosen(this.tried.get(way));
    }

    answers() {
        return WAYS.flatMap(([way, title]) => {
            const found = this.tried.get(way);
            return found ? [this.answer(way, title, found)] : [];
        });
    }

    /**
     * What was sent and what came back, unaltered.
     * @param {Way} way
     * @param {Tried} found
     */
    whole(way, { messages = [] }) {
        const raw = (/** @type {string} */ text) => h("pre", { class: "raw", tabindex: "0", dir: "auto" }, text);
        const sent = messages.flatMap(({ role, content }) => [h("p", { class: "quiet" }, role), raw(content)]);
        const written = calls(this.tried.get(way)).at(-1)?.text ?? "";
        if (!sent.length) return null;
        const came = [h("p", { class: "quiet" }, "What the model wrote"), raw(written)];
        return h("details", { class: "message" }, h("summary", {}, "Prompt and output, exactly"), sent, came);
    }

    /**
     * @param {Way} way
     * @param {string} title
     * @param {Tried} found
     */
    answer(way, title, found) {
        const { actions } = this;
        const before = winner(this.call);
        const now = this.chosen(way);
        const document = short(name(actions.state.documents.get(before ?? ""), before ?? ""));
        const same = now === before;
        const outcome = now
            ? [same ? "the choice stays " : "the choice changes to ", chip(now, actions)]
            : ["no answer could be read"];
        const said = calls(found).flatMap((call) => {
            const own = call.reasons.filter((reason) => reason.document === (now ?? before));
            return own.flatMap((reason) => [...labelled(call, reason, actions, before ?? ""), " "]);
        });
        return h(
            "section",
            { class: "meeting", "data-way": way },
            h("h3", {}, `${title} of “${document}”: `, ...outcome),
            said.length ? h("blockquote", { class: "words", dir: "auto" }, said) : null,
            this.whole(way, found),
            h("p", { class: "quiet" }, `${figures(found, this.call.text)}Asked afterwards, ${when(found.asked)}.`),
        );
    }
}

/** @param {Tried} [tried] */
function calls(tried) {
    return [...(tried?.lines ?? []).reduce(fold, empty()).calls.values()];
}

/**
 * The document that the model chose then, null where no answer could be read.
 * @param {Tried} [tried]
 */
function chosen(tried) {
    const call = calls(tried).at(-1);
    return call && ["ok", "repaired"].includes(call.status) ? winner(call) : null;
}

/**
 * What came of both tests of a reason, in a few words; nothing before both.
 * @param {Call} call
 * @param {Map<Way, Tried>} tried
 */
export function brief(call, tried) {
    if (tried.size < WAYS.length) return "";
    const [without, only] = WAYS.map(([way]) => chosen(tried.get(way)));
    if (without === null || only === null) return "an answer could not be read";
    const before = winner(call);
    return BRIEF[Number(without !== before)][Number(only === before)];
}

/**
 * What became of the figures that the prompt tells of a document, in a sentence; nothing where the model's text has none.
 * @param {Pick<Tried, "before" | "after">} tried
 * @param {string} text
 */
export function figures({ before, after }, text) {
    if (before && before === after) return `Its figures were computed anew and are the same: ${after}. `;
    if (before) return `Its figures were computed anew for what is left: ${after}, not ${before}. `;
    if (!meanings(text).length) return "";
    return (
        "Its figures in the prompt (words, meaning) stayed those of the whole document: " +
        "a reason that rests on these alone is not tested. "
    );
}

/**
 * Which of both tests a reason holds by. The choice of each is the document that it chose, null where no answer could be
 * read.
 * @param {string | null} before
 * @param {string | null} without
 * @param {string | null} only
 */
export function verdict(before, without, only) {
    const changed = without !== null && without !== before;
    const stayed = only !== null && only === before;
    if (without === null || only === null)
        return {
            text: `Without the passage ${outcome(without, changed)}. With it alone ${outcome(only, !stayed)}.`,
            holds: false,
        };
    const text = VERDICTS[Number(changed)][Number(stayed)];
    return { text, holds: changed && stayed };
}

/**
 * @param {string | null} choice
 * @param {boolean} changed
 */
function outcome(choice, changed) {
    return choice === null ? "no answer could be read" : `the choice ${changed ? "changes" : "stays"}`;
}
