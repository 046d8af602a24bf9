// One result. A card is made once and updated in place, so that what the reader opened stays open.

import { h, plural, say } from "./dom.js";
import { mentions } from "./state.js";
import { labelled, underlined } from "./words.js";

const LONG = 260;

export class Card {
    constructor(candidate, state, actions) {
        this.candidate = candidate;
        this.actions = actions;
        this.seen = "";
        const title = candidate.title || candidate.id;
        this.rank = h("span", { class: "rank", "aria-hidden": "true" });
        this.move = h("span", { class: "move" });
        this.why = h("div", { class: "why" });
        const passage = h("p", { class: "passage", dir: "auto" }, ...underlined(candidate.text, state.query));
        const long = candidate.text.length > LONG;
        const cut = candidate.characters > candidate.text.length
            ? h("p", { class: "quiet" }, `Shown: the first ${candidate.text.length.toLocaleString("en")} of ${candidate.characters.toLocaleString("en")} characters.`)
            : null;
        const more = long && h("button", { class: "more", type: "button", "aria-expanded": "false", onclick: () => this.unfold(more, passage) }, "Show the whole passage");
        if (long) passage.classList.add("clamped");
        this.node = h("li", { class: "card", tabindex: "-1", "data-id": candidate.id },
            this.rank,
            h("div", { class: "body" },
                h("h3", { dir: "auto" }, ...underlined(title, state.query)),
                h("p", { class: "meta" }, this.move, " · ", h("span", { class: "id" }, candidate.id)),
                passage, cut, more || null, this.why));
    }

    unfold(button, passage) {
        const open = passage.classList.toggle("clamped") === false;
        this.opened = open;
        button.setAttribute("aria-expanded", String(open));
        say(button, open ? "Show less" : "Show the whole passage");
    }

    update(state, place) {
        const settled = state.settled.get(this.candidate.id);
        say(this.rank, String(place));
        this.node.classList.toggle("settled", Boolean(settled));
        this.node.setAttribute("aria-label", `${settled ? "Rank" : "Place"} ${place}${settled ? ", settled" : ", not settled"}`);
        say(this.move, movement(this.candidate.rank, place, state, Boolean(settled)));
        const said = mentions(state, this.candidate.id);
        const seen = `${settled?.rank}/${said.map(({ call }) => `${call.id}${call.status}`)}/${state.phase}`;
        if (seen !== this.seen) {
            this.seen = seen;
            this.explain(state, settled, said);
        }
    }

    explain(state, settled, said) {
        const open = this.why.querySelector("details")?.open;
        const [first, ...others] = said;
        const nodes = [];
        if (settled && first) nodes.push(this.reason(first, state));
        else if (settled && settled.calls.length) nodes.push(silent(`The model chose it in comparison ${settled.calls.at(-1)} without saying anything about it.`));
        else if (settled) nodes.push(silent("Nothing was left to compare it with. No answer mentioned this document."));
        else if (first) nodes.push(this.reason(first, state));
        else if (["finished", "stopped", "failed"].includes(state.phase) && state.calls.size) nodes.push(silent("No answer mentioned this document."));
        if (!settled && state.calls.size && ["finished", "stopped", "failed"].includes(state.phase)) nodes.push(silent("Not reached: kept in first-stage order."));
        if (others.length) {
            const lost = others.filter(({ spoken }) => spoken[0].outcome === "lost").length;
            nodes.push(h("details", { class: "others", open: Boolean(open) },
                h("summary", {}, `${plural(others.length, "more mention")}${lost ? `, lost ${lost === 1 ? "once" : `${lost} times`}` : ""}`),
                ...others.map((other) => this.reason(other, state))));
        }
        this.why.replaceChildren(...nodes);
    }

    reason({ call, spoken }, state) {
        const outcome = { won: "which it won", lost: "which it lost", undecided: "which nobody won" }[spoken[0].outcome];
        const words = spoken.map((reason) => call.text.slice(reason.start, reason.end));
        return h("figure", { class: "reason" },
            h("blockquote", { dir: "auto" }, ...words.flatMap((text) => [h("span", { class: "sentence" }, ...labelled(text, call, state, this.actions.go)), " "])),
            h("figcaption", {}, "from ", h("button", { class: "link", type: "button", onclick: () => this.actions.call(call.id) }, `comparison ${call.id}`),
                `, against ${plural(call.documents.length - 1, "other")}, ${outcome}`));
    }
}

function silent(text) {
    return h("p", { class: "silent" }, text);
}

function movement(before, place, state, settled) {
    const stage = state.score || "the first stage";
    const was = `was ${ordinal(before)} by ${stage}`;
    if (before === place) return settled ? `= as by ${stage}` : `${ordinal(before)} by ${stage}`;
    return before > place ? `▲ ${before - place}, ${was}` : `▼ ${place - before}, ${was}`;
}

function ordinal(number) {
    const tail = number % 100 > 10 && number % 100 < 14 ? "th" : ["th", "st", "nd", "rd"][number % 10] || "th";
    return `${number}${tail}`;
}
