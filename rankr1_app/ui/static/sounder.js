// Which of two reasonings about one document is sounder, by a judge that reads both, in both orders.

import { button, h } from "./dom.js";
import { words } from "./search.js";
import { ask } from "./source.js";
import { empty, fold, story } from "./state.js";
import { STATUS, called, capital } from "./words.js";

/** @import { Column } from "./column.js" */
/** @import { Call, Raw } from "./types.d.ts" */

/**
 * The two columns that give a reason for a document and differ most about its place; none where fewer do.
 * @param {Column[]} columns
 * @param {string} id
 */
export function reasoned(columns, id) {
    const worded = columns.filter(({ state }) => story(state, id).main).sort((a, b) => a.place(id) - b.place(id));
    return worded.length > 1 ? [worded[0], worded[worded.length - 1]] : [];
}

export class Sounder {
    /**
     * @param {string} judge
     * @param {Column[]} columns two of them
     * @param {string} id
     */
    constructor(judge, columns, id) {
        this.judge = judge;
        this.columns = [...columns].sort((a, b) => a.letter.localeCompare(b.letter));
        this.id = id;
        const [one, other] = this.columns;
        const label = `Whose reasoning is sounder, ${one.letter}’s or ${other.letter}’s?`;
        this.button = button("link", label, () => this.ask());
        this.result = h("div", { role: "status" });
        this.node = h("div", { class: "sounder" }, this.button, this.result);
    }

    async ask() {
        this.button.hidden = true;
        this.result.replaceChildren(`${this.judge} reads both.`);
        try {
            const runs = this.columns.map(({ state }) => encodeURIComponent(state.run)).join(",");
            const asked = { document: this.id, judge: this.judge };
            /** @type {{ lines: Raw[] }} */
            const { lines } = await ask(`api/comparisons/${runs}/sounder`, asked);
            const calls = [...lines.reduce(fold, empty()).calls.values()].filter(({ status }) => status !== "retried");
            this.result.replaceChildren(h("p", {}, this.verdict(calls)), ...calls.map((call) => this.said(call)));
        } catch (error) {
            this.result.replaceChildren(h("p", { class: "bad" }, `It could not be asked: ${words(error)}.`));
            this.button.hidden = false;
        }
    }

    /** @param {string | undefined} run */
    letter(run) {
        return this.columns.find(({ state }) => state.run === run)?.letter ?? "";
    }

    /** @param {Call[]} calls */
    verdict(calls) {
        const letters = calls.map(({ answer }) => this.letter(answer[0]));
        const [first, second] = letters;
        const tie = letters.every(Boolean)
            ? "A tie: asked in both orders, it chose each once"
            : "No verdict could be read";
        const found = first && first === second ? `${first}’s, asked in both orders` : tie;
        return `${found}. By ${this.judge}; it changes no rank.`;
    }

    /**
     * What the judge wrote, and who is who in it.
     * @param {Call} call
     */
    said(call) {
        const [one, other] = call.documents.map((run) => this.letter(run));
        const chosen = this.letter(call.answer[0]);
        const end = chosen ? `${chosen}’s is better` : STATUS[call.status];
        const about = `${capital(called(call))}: “Assistant A” is ${one}, “Assistant B” is ${other}; ${end}.`;
        const text = h("blockquote", { class: "words", dir: "auto" }, call.text.trim());
        return h("details", {}, h("summary", {}, about), text);
    }
}
