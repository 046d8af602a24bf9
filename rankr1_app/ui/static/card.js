// One result. A card is made once and updated in place, so that what the reader opened stays open.

import { behaviour, flash, h, mark, say, spoken, sync } from "./dom.js";
import { chip, evidenced, underlined } from "./labels.js";
import { story } from "./state.js";
import { count, name, ordinal, plural, times } from "./words.js";

export class Card {
    constructor(candidate, state, actions) {
        Object.assign(this, { candidate, state, actions, seen: "", quotes: new Map() });
        this.place = h("span");
        this.rank = h("p", { class: "rank" }, (this.kind = spoken("Rank ")), this.place);
        this.moved = h("span", { class: "moved" });
        this.now = h("span", { class: "now", hidden: true });
        this.title = h("h3", { dir: "auto", id: `title-${candidate.rank}` }, underlined(name(candidate), state.query));
        this.passage = h("p", { class: "passage clamped", dir: "auto" }, underlined(candidate.text, state.query));
        this.more = h(
            "button",
            { class: "link", type: "button", "aria-expanded": "false", hidden: true, onclick: () => this.toggle() },
            "Show all",
        );
        this.cut =
            candidate.characters > candidate.text.length &&
            h(
                "p",
                { class: "quiet", hidden: true },
                `This is the beginning: ${count(candidate.text.length)} of ${count(candidate.characters)} characters.`,
            );
        this.why = h("div", { class: "why" });
        this.summary = h("summary");
        this.others = h("details", { class: "others" }, this.summary, (this.rest = h("div")));
        this.node = h(
            "li",
            {},
            h(
                "article",
                {
                    class: "card",
                    tabindex: "-1",
                    "data-id": candidate.id,
                    "aria-labelledby": `title-${candidate.rank}`,
                    onkeydown: (event) => this.key(event),
                },
                this.rank,
                h(
                    "div",
                    { class: "body" },
                    this.title,
                    h(
                        "p",
                        { class: "meta" },
                        this.moved,
                        h("span", { class: "id", title: "The document's id in the index" }, candidate.id),
                        this.now,
                    ),
                    this.passage,
                    this.cut,
                    this.more,
                    this.why,
                    h(
                        "p",
                        { class: "doing" },
                        h(
                            "button",
                            { class: "link", type: "button", onclick: () => actions.document(candidate.id) },
                            "Its story",
                        ),
                        (this.pick = h(
                            "button",
                            { class: "link", type: "button", onclick: () => actions.compare(candidate.id) },
                            "Compare",
                        )),
                    ),
                ),
            ),
        );
        this.article = this.node.firstChild;
        sizes.observe(this.passage);
        cards.set(this.passage, this);
    }

    // Whether the reader opened something here.
    get opened() {
        return this.others.open || this.more.getAttribute("aria-expanded") === "true";
    }

    toggle() {
        const open = !this.passage.classList.toggle("clamped");
        mark(this.more, "aria-expanded", String(open));
        say(this.more, open ? "Show less" : "Show all");
        if (this.cut) this.cut.hidden = !open;
    }

    // Only a passage that is cut off needs a way to open it.
    measure() {
        if (this.passage.classList.contains("clamped"))
            this.more.hidden = this.passage.scrollHeight <= this.passage.clientHeight + 1;
    }

    key(event) {
        if (event.key === "Enter" && event.target === this.article && !this.more.hidden) this.toggle();
    }

    update(place) {
        const { state, candidate } = this;
        const told = story(state, candidate.id);
        const seen = `${place}/${told.settled?.rank}/${told.now}/${told.main?.call.id}/${told.others.length}/${told.notes}`;
        if (seen === this.seen) return;
        this.seen = seen;
        say(this.place, count(place));
        say(this.kind, told.settled ? "Rank " : "Not settled, now at place ");
        this.article.classList.toggle("settled", told.settled !== null);
        this.article.classList.toggle("compared", told.now.length > 0);
        this.moved.replaceChildren(...movement(candidate.rank, place, state));
        this.now.hidden = !told.now.length;
        say(this.now, told.now.length ? `in comparison ${told.now.join(", ")} now` : "");
        this.explain(told);
    }

    // The words that the shown reason quotes, marked where they stand.
    evidence(main) {
        const { state, candidate } = this;
        const quotes = main ? main.spans.flatMap((span) => span.quotes || []) : [];
        this.title.replaceChildren(
            ...underlined(
                name(candidate),
                state.query,
                quotes.filter((quote) => quote.in === "title"),
            ),
        );
        this.passage.replaceChildren(
            ...underlined(
                candidate.text,
                state.query,
                quotes.filter((quote) => quote.in === "text"),
            ),
        );
    }

    // Show where quoted words stand.
    point(quote) {
        if (quote.in === "text" && !this.more.hidden && this.passage.classList.contains("clamped")) this.toggle();
        const place = (quote.in === "title" ? this.title : this.passage).querySelector(`[data-from="${quote.from}"]`);
        place?.scrollIntoView({ block: "nearest", behavior: behaviour() });
        flash(place);
    }

    explain({ main, others, notes }) {
        this.evidence(main);
        const lost = others.filter(({ call, spans }) => call.status !== "failed" && spans[0].outcome === "lost").length;
        say(
            this.summary,
            `${plural(others.length, main ? "more mention" : "mention")}${lost ? `, lost ${times(lost)}` : ""}`,
        );
        sync(
            this.rest,
            others.map((mention) => this.quote(mention)),
        );
        sync(
            this.why,
            [
                main && this.quote(main),
                ...notes.map((text) => this.note(text)),
                others.length > 0 && this.others,
            ].filter(Boolean),
        );
    }

    note(text) {
        if (!this.quotes.has(text)) this.quotes.set(text, h("p", { class: "note" }, text));
        return this.quotes.get(text);
    }

    // What one answer said of this document, verbatim but for its labels, and where it stands.
    quote({ call, spans }) {
        if (this.quotes.has(call.id)) return this.quotes.get(call.id);
        const { state, actions, candidate } = this;
        const words = spans.map((span) =>
            h(
                "span",
                {},
                evidenced(call, span, state, actions, candidate.id, (quote) => this.point(quote)),
            ),
        );
        const source = h(
            "button",
            { class: "link", type: "button", onclick: () => actions.call(call.id) },
            `comparison ${call.id}`,
        );
        const figure = h(
            "figure",
            { class: "reason" },
            h(
                "blockquote",
                { class: "words", dir: "auto" },
                words.flatMap((word) => [word, " "]),
            ),
            h("figcaption", {}, "from ", source, ...this.outcome(call)),
        );
        this.quotes.set(call.id, figure);
        return figure;
    }

    outcome(call) {
        const { state, actions, candidate } = this;
        const against = `, against ${plural(call.documents.length - 1, "other")}, `;
        if (call.status === "failed" || call.status === "retried") return [against, "whose answer could not be read"];
        if (!call.winner) return [against, "ended before its answer: another one made it needless"];
        if (call.winner === candidate.id) return [against, "which it won"];
        return [against, "won by ", chip(call.winner, state, actions)];
    }
}

// Where the document stood before, in words and with an arrow.
function movement(before, place, state) {
    const stage = state.stage || "the first stage";
    if (before === place) return [h("span", { class: "same" }, `${ordinal(before)} by ${stage} too`)];
    const up = before > place;
    return [
        h(
            "span",
            { class: up ? "up" : "down" },
            h("span", { "aria-hidden": "true" }, up ? "▲ " : "▼ "),
            spoken(up ? "up " : "down "),
            count(Math.abs(before - place)),
        ),
        `, was ${ordinal(before)} by ${stage}`,
    ];
}

const cards = new WeakMap();
const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) cards.get(target)?.measure();
});
