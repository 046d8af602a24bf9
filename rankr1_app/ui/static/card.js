// One result. A card is made once and updated in place, so that what the reader opened stays open.

import { behaviour, button, flash, h, mark, present, say, spoken, sync, unique } from "./dom.js";
import { folding } from "./folding.js";
import { square, visible } from "./judged.js";
import { evidenced, outcome, underlined } from "./labels.js";
import { legend } from "./legend.js";
import * as passage from "./passage.js";
import { kept } from "./source.js";
import { story, winner } from "./state.js";
import { KINDS, called, count, name, ordinal, plural, sourced, stageOf } from "./words.js";

/** @import { Actions, Call, Candidate, Child, Quote, State } from "./types.d.ts" */
/** @import { Mention } from "./state.js" */

export class Card {
    /**
     * @param {Candidate} candidate
     * @param {Actions} view
     */
    constructor(candidate, view) {
        const { state } = view;
        this.candidate = candidate;
        this.view = view;
        this.seen = "";
        this.said = "";
        /** @type {Map<number | string, HTMLElement>} */
        this.quotes = new Map();
        this.place = h("span");
        this.kind = spoken("Rank ");
        this.moved = h("span", { class: "moved" });
        this.grade = h("span");
        /** @type {Quote[]} What the shown reason quotes of the text. */
        this.quoted = [];
        this.now = h("span", { class: "now", hidden: true });
        this.facets = h("p", { class: "labelled", hidden: true });
        this.signed = "";
        this.tested = 0;
        /** @type {(() => void)[]} Each says what the test of a shown reason came to. */
        this.tests = [];
        const id = unique("title");
        this.title = h("h3", { dir: "auto", id }, underlined(name(candidate), state.query));
        this.passage = h("p", { class: "passage clamped", dir: "auto" }, underlined(candidate.text, state.query));
        this.start = 0;
        this.more = button("link", "Show all", () => this.toggle(), { "aria-expanded": "false", hidden: true });
        this.below = button("link", "Why below #1?", () => view.below(candidate.id), { hidden: true });
        this.compare = button("link", "Compare", () => view.compare(candidate.id));
        this.picked();
        this.cut = h("p", { class: "quiet", hidden: true }, beginning(candidate));
        this.why = h("div", { class: "why" });
        this.summary = h("summary");
        this.rest = h("div");
        this.others = h("details", { class: "others" }, this.summary, this.rest);
        const key = (/** @type {KeyboardEvent} */ event) => this.key(event);
        this.article = h(
            "article",
            { class: "card", tabindex: "-1", "data-id": candidate.id, "aria-labelledby": id, onkeydown: key },
            h("p", { class: "rank" }, this.kind, this.place),
            h("div", { class: "body" }, ...this.body()),
        );
        this.node = h("li", {}, this.article);
        sizes.observe(this.passage);
        cards.set(this.passage, this);
    }

    body() {
        const { candidate } = this;
        const { id } = candidate;
        return [
            this.title,
            h(
                "p",
                { class: "meta" },
                this.grade,
                this.moved,
                candidate.sources?.length ? h("span", {}, sourced(candidate.sources)) : null,
                candidate.place?.page ? h("span", { class: "page-of" }, `page ${candidate.place.page}`) : null,
                h("span", { class: "id", title: "The document's id in the index" }, id),
            ),
            this.facets,
            this.passage,
            this.cut,
            this.why,
            h(
                "p",
                { class: "doing" },
                this.more,
                button("link", "How it got here", () => this.view.document(id)),
                this.compare,
                kept ? null : this.view.marked.button(id),
                // Offered once there are ranks: what is there before it stays where it is.
                this.below,
                this.now,
            ),
        ];
    }

    // Whether the reader opened something here.
    get opened() {
        return this.others.open || this.more.getAttribute("aria-expanded") === "true";
    }

    toggle() {
        const open = !this.passage.classList.toggle("clamped");
        this.fill();
        mark(this.more, "aria-expanded", String(open));
        say(this.more, open ? "Show less" : "Show all");
        this.cut.hidden = !open || !this.cut.textContent;
    }

    // Only a passage that is cut off needs a way to open it.
    measure() {
        if (!this.passage.classList.contains("clamped")) return;
        this.more.hidden = !this.start && this.passage.scrollHeight <= this.passage.clientHeight + 1;
    }

    // The text, or while it is folded the part of it that the reason speaks of.
    fill() {
        const { candidate, quoted } = this;
        this.start = passage.beginning(candidate.text, quoted);
        const start = this.passage.classList.contains("clamped") ? this.start : 0;
        this.passage.replaceChildren(...underlined(candidate.text, this.view.state.query, quoted, start));
    }

    // Which of two documents is compared is one choice on all cards.
    picked() {
        const { first } = this.view;
        const own = first === this.candidate.id;
        mark(this.compare, "aria-pressed", String(own));
        say(this.compare, own ? "Comparing: cancel" : first ? "Compare with this" : "Compare");
    }

    judge() {
        const { judged } = this.view.state;
        const shown = judged && visible() ? [square(judged, this.candidate.id)] : [];
        this.grade.replaceChildren(...shown);
        this.grade.hidden = !shown.length;
    }

    /** @param {KeyboardEvent} event */
    key(event) {
        if (event.key === "Enter" && event.target === this.article && !this.more.hidden) this.toggle();
    }

    /** @param {number} place */
    update(place) {
        const { candidate } = this;
        const { state } = this.view;
        const told = story(state, candidate.id);
        const { settled, now, main, others, notes } = told;
        const ranked = state.calls.size > 0;
        this.busy(now);
        this.label();
        this.test();
        const seen = [place, settled?.rank, main?.call.id, others.length, notes, ranked].join("/");
        if (seen === this.seen) return;
        this.seen = seen;
        say(this.place, count(place));
        say(this.kind, settled ? "Rank " : "Rank not decided yet, shown at place ");
        this.article.classList.toggle("settled", settled !== null);
        this.moved.replaceChildren(...present(movement(candidate.rank, place, state)));
        this.below.hidden = place === 1 || !ranked;
        this.judge();
        this.explain(told);
    }

    // What a classifier says of it, as long as the reader looks at labels.
    label() {
        const { sign } = this.view.facets;
        if (sign === this.signed) return;
        this.signed = sign;
        this.facets.replaceChildren(...present(this.view.facets.line(this.candidate.id)));
        this.facets.hidden = !sign;
    }

    // What the tests of the shown reasons came to, as far as there are any.
    test() {
        const { sign } = this.view.tested;
        if (sign === this.tested) return;
        this.tested = sign;
        for (const tell of this.tests) tell();
    }

    /**
     * The comparisons that it is in now.
     * @param {Call[]} now
     */
    busy(now) {
        const text = now.length ? `in ${now.map(called).join(", ")} now` : "";
        if (text === this.now.textContent) return;
        say(this.now, text);
        this.now.hidden = !text;
        this.article.classList.toggle("compared", now.length > 0);
    }

    /**
     * The words that the shown reason quotes, marked where they stand.
     * @param {Mention | null} main
     */
    evidence(main) {
        const { candidate, title } = this;
        const { query } = this.view.state;
        const said = main ? `${main.call.id}/${main.spans.length}` : "";
        if (said === this.said) return;
        this.said = said;
        const quotes = main ? main.spans.flatMap((span) => span.quotes || []) : [];
        const of = (/** @type {string} */ field) => quotes.filter((quote) => quote.in === field);
        title.replaceChildren(...underlined(name(candidate), query, of("title")));
        this.quoted = of("text");
        this.fill();
    }

    /**
     * Show where quoted words stand.
     * @param {Quote} quote
     */
    point(quote) {
        if (quote.in === "text" && !this.more.hidden && this.passage.classList.contains("clamped")) this.toggle();
        const place = (quote.in === "title" ? this.title : this.passage).querySelector(`[data-from="${quote.from}"]`);
        place?.scrollIntoView({ block: "nearest", behavior: behaviour() });
        flash(place);
    }

    /** @param {{ main: Mention | null, others: Mention[], notes: string[] }} told */
    explain({ main, others, notes }) {
        this.evidence(main);
        const ends = others.filter(({ call }) => call.status !== "failed").map(({ spans }) => spans[0].outcome);
        const [won, lost] = ["won", "lost"].map((end) => ends.filter((other) => other === end).length);
        const mentions = plural(others.length, main ? "more mention" : "mention");
        const rest = others.length - won - lost;
        const undecided = rest ? `, ${count(rest)} undecided` : "";
        say(this.summary, mentions + (won + lost ? `: ${count(won)} won, ${count(lost)} lost${undecided}` : ""));
        sync(
            this.rest,
            others.map((mention) => this.quote(mention)),
        );
        const shown = [...notes.map((text) => this.note(text)), ...(others.length ? [this.others] : [])];
        sync(this.why, main ? [this.quote(main), ...shown] : shown);
    }

    /** @param {string} text */
    note(text) {
        const note = this.quotes.get(text) ?? h("p", { class: "note" }, text);
        this.quotes.set(text, note);
        return note;
    }

    /**
     * What one answer said of this document, verbatim but for its labels, and where it stands.
     * @param {Mention} mention
     */
    quote({ call, spans }) {
        const before = this.quotes.get(call.id);
        if (before) return before;
        const { view, candidate } = this;
        const point = (/** @type {Quote} */ quote) => this.point(quote);
        const words = spans.map((span) => h("span", {}, evidenced(call, span, view, candidate.id, point)));
        const source = button("link", called(call), () => view.call(call.id));
        const block = h(
            "blockquote",
            { class: "words", dir: "auto" },
            words.flatMap((word) => [word, " "]),
        );
        const figures = legend(block.textContent ?? "");
        const meaning = figures ? [". ", figures.open] : [];
        const test = this.trying(call);
        const caption = h("figcaption", {}, "from ", source, ...this.outcome(call), test, ...meaning);
        const figure = h("figure", { class: "reason" }, ...folding(block), caption, figures?.list ?? null);
        this.quotes.set(call.id, figure);
        return figure;
    }

    /**
     * A way to test the reason, where it was for the document that was chosen among several; once it was tested, what
     * that came to.
     * @param {Call} call
     */
    trying(call) {
        const { tested } = this.view;
        // What is tested is the passage of the document that was chosen: other cards speak of the comparison, too.
        const own = winner(call) === this.candidate.id && ["ok", "repaired"].includes(call.status);
        const lead = h("span");
        const open = () => (tested.of(call) ? this.view.call(call.id) : this.view.trial(call.id));
        // One button for both: the panel it opened gives the focus back to it.
        const link = button("link", "", open);
        const node = h("span", {}, lead, link);
        const tell = () => {
            const came = own ? tested.of(call) : "";
            say(lead, came ? ". Tested: " : ". ");
            say(link, came || "Test this reason");
            node.hidden = !came && (kept !== null || !own || call.kind !== "choose");
        };
        tell();
        this.tests.push(tell);
        return node;
    }

    /**
     * @param {Call} call
     * @returns {Child[]}
     */
    outcome(call) {
        if (call.status === "failed" || call.status === "retried") return [": answer could not be read"];
        if (KINDS[call.kind].compares && !winner(call)) return [": stopped before its answer, no longer needed"];
        return [": ", ...outcome(call, this.candidate.id, this.view)];
    }
}

/** @param {Candidate} candidate */
function beginning({ text, characters }) {
    return characters > text.length
        ? `This is the beginning: ${count(text.length)} of ${count(characters)} characters.`
        : "";
}

/**
 * Where the document stood before, in words and with an arrow.
 * @param {number} before
 * @param {number} place
 * @param {State} state
 * @returns {Child[]}
 */
function movement(before, place, state) {
    const stage = stageOf(state);
    if (before === place) return [h("span", { class: "same" }, `unchanged, ${ordinal(before)} by ${stage}`)];
    const up = before > place;
    const arrow = h("span", { "aria-hidden": "true" }, up ? "▲ " : "▼ ");
    const way = h(
        "span",
        { class: up ? "up" : "down" },
        arrow,
        spoken(up ? "up " : "down "),
        count(Math.abs(before - place)),
    );
    return [way, `, was ${ordinal(before)} by ${stage}`];
}

/** @type {WeakMap<Element, Card>} */
const cards = new WeakMap();
const sizes = new ResizeObserver((entries) => {
    // What a card shows is changed after it was measured, not while.
    requestAnimationFrame(() => entries.forEach(({ target }) => cards.get(target)?.measure()));
});
