// The vote of a reader who does not know whose rankings stand side by side, and what others voted.

import { button, h, remember, remembered, say } from "./dom.js";
import { words } from "./search.js";
import { ask, base, kept } from "./source.js";
import { plural } from "./words.js";

/** @import { Column } from "./column.js" */
/** @typedef {{ choice: string }} Cast */

export class Vote {
    /** @type {Cast[]} */
    votes = [];
    choice = "";

    /** @param {() => void} revealed called once the reader has voted */
    constructor(revealed) {
        this.revealed = revealed;
        this.wrong = h("p", { class: "bad", role: "alert", hidden: true });
        this.buttons = h("p", { class: "doing" });
        this.result = h("p", { role: "status" });
        this.links = h("p", { class: "quiet" });
        const about = "Names, reasons and times are shown once you have voted.";
        this.asking = h(
            "div",
            {},
            h("h3", {}, "Which ranking is best?"),
            h("p", { class: "quiet" }, about),
            this.buttons,
        );
        this.node = h(
            "section",
            { class: "vote", "aria-label": "Your vote" },
            this.asking,
            this.wrong,
            this.result,
            this.links,
        );
    }

    /**
     * Whether this browser has voted on these searches.
     * @param {string[]} runs
     */
    static known(runs) {
        return remembered(key(runs), "") !== "";
    }

    reset() {
        this.votes = [];
        this.choice = "";
        this.wrong.hidden = true;
        this.node.hidden = true;
        this.buttons.replaceChildren();
        say(this.result, "");
        this.links.replaceChildren();
    }

    /**
     * @param {Column[]} columns
     * @param {boolean} hidden whether names are hidden still
     * @param {boolean} ready whether every ranking is there
     */
    update(columns, hidden, ready) {
        this.node.hidden = kept ? !this.votes.length : !ready;
        this.asking.hidden = !hidden;
        const wanted = columns.map(({ letter }) => letter).join();
        if (hidden && this.buttons.dataset.letters !== wanted) {
            this.buttons.dataset.letters = wanted;
            const choices = columns.map((column) =>
                button("plain", `Ranking ${column.letter}`, () => this.cast(columns, column.state.run)),
            );
            this.buttons.replaceChildren(
                ...choices,
                button("plain", "None is better", () => this.cast(columns, "")),
            );
        }
        if (!hidden) this.tell(columns);
    }

    /**
     * @param {Column[]} columns
     * @param {string} choice
     */
    async cast(columns, choice) {
        const runs = columns.map(({ state }) => state.run);
        try {
            const { votes } = await ask(address(runs), { choice });
            this.votes = votes;
        } catch (error) {
            say(this.wrong, `Your vote was not kept: ${words(error)}.`);
            this.wrong.hidden = false;
            return;
        }
        this.wrong.hidden = true;
        this.choice = choice;
        remember(key(runs), choice || "none");
        await this.revealed();
        this.result.setAttribute("tabindex", "-1");
        // It says what was chosen once the rankings are drawn with their names.
        requestAnimationFrame(() => requestAnimationFrame(() => this.result.focus()));
    }

    /** @param {string[]} runs */
    async load(runs) {
        this.choice = remembered(key(runs), "");
        try {
            this.votes = (await ask(address(runs))).votes;
        } catch {
            this.votes = []; // what cannot be read is not shown
        }
    }

    /** @param {Column[]} columns */
    tell(columns) {
        const { choice, votes } = this;
        const named = columns.map((column) => {
            const number = votes.filter((vote) => vote.choice === column.state.run).length;
            return `${column.letter}, ${column.title}: ${number}`;
        });
        const none = votes.filter((vote) => vote.choice === "").length;
        const column = columns.find(({ state }) => state.run === choice);
        const own = column ? `You chose ${column.letter}: ${column.title}. ` : "";
        say(
            this.result,
            votes.length
                ? `${own}${plural(votes.length, "vote")} so far. ${named.join("; ")}; none better: ${none}.`
                : "",
        );
        if (kept || this.links.childElementCount) return;
        const runs = columns.map(({ state }) => state.run);
        const these = h(
            "a",
            { href: base + address(runs), download: "rank-r1-votes.json" },
            "Votes on this comparison",
        );
        const all = h("a", { href: `${base}api/comparisons/votes`, download: "" }, "all votes kept here");
        this.links.replaceChildren("Download: ", these, ...(here() ? [" · ", all] : []));
    }
}

// Whether the page is on the reader's own machine: elsewhere the votes of others are not given out.
function here() {
    return /^(localhost|127\.[\d.]+|\[::1\])$/.test(location.hostname);
}

/** @param {string[]} runs */
function key(runs) {
    return `voted-${[...runs].sort().join("-")}`;
}

/** @param {string[]} runs */
function address(runs) {
    return `api/comparisons/${runs.map(encodeURIComponent).join(",")}/votes`;
}
