// Questions about what is there: why this stands above that, where a document is, and which words found it.

import { h, say } from "./dom.js";
import { chip, labelled } from "./labels.js";
import { ask, kept } from "./source.js";
import { empty, fold, story } from "./state.js";
import { STATUS, count, name, ordinal, plural, short } from "./words.js";

// Two documents: the comparisons in which both stood, what was said, and who won.
export class CompareView {
    constructor(first, second, state, actions) {
        Object.assign(this, { pair: [first, second], state, actions, asked: null, wrong: "", asking: false });
        this.title = "Why is this above that?";
    }

    nodes() {
        const { state, actions, pair } = this;
        const places = pair.map((id) => actions.place(id));
        const [above, below] = places[0] <= places[1] ? pair : [...pair].reverse();
        const met = [...state.calls.values()].filter((call) => pair.every((id) => call.documents.includes(id)));
        const verdict = h(
            "p",
            {},
            chip(above, state, actions),
            ` stands ${ordinal(Math.min(...places))}, `,
            chip(below, state, actions),
            ` ${ordinal(Math.max(...places))}.`,
        );
        return [verdict, ...(met.length ? met.map((call) => this.meeting(call, state)) : this.strangers())];
    }

    meeting(call, state) {
        const { actions, pair } = this;
        const won = pair.includes(call.winner)
            ? ["won by ", chip(call.winner, state, actions)]
            : call.winner
              ? ["won by a third, ", chip(call.winner, state, actions)]
              : [STATUS[call.status]];
        const said = pair.flatMap((id) =>
            call.reasons
                .filter((reason) => reason.document === id)
                .map(({ start, end }) =>
                    h(
                        "blockquote",
                        { class: "words", dir: "auto" },
                        labelled(call.text.slice(start, end), call, state, actions),
                    ),
                ),
        );
        const source =
            this.asked === state
                ? "Asked afterwards, which changes no rank: "
                : h(
                      "button",
                      { class: "link", type: "button", onclick: () => actions.call(call.id) },
                      `Comparison ${call.id}`,
                  );
        return h(
            "section",
            { class: "meeting" },
            h("h3", {}, source, this.asked === state ? "" : `, ${plural(call.documents.length, "document")}: `, ...won),
            said.length ? said : h("p", { class: "quiet" }, "Its answer speaks of neither."),
        );
    }

    strangers() {
        const { state } = this;
        const nodes = [
            h(
                "p",
                {},
                state.calls.size
                    ? "They never stood in the same comparison: each one's place follows from others that it won or lost."
                    : "No model was asked: the first stage put them in this order.",
            ),
        ];
        if (this.asked) nodes.push(...[...this.asked.calls.values()].map((call) => this.meeting(call, this.asked)));
        else if (!kept && state.calls.size)
            nodes.push(
                h(
                    "button",
                    { class: "plain", type: "button", disabled: this.asking, onclick: () => this.ask() },
                    this.asking ? "Asking" : "Ask the model once",
                ),
            );
        if (this.wrong) nodes.push(h("p", { class: "bad", role: "alert" }, this.wrong));
        return nodes;
    }

    async ask() {
        this.asking = true;
        this.actions.renew(this);
        try {
            const { lines } = await ask("api/compare", {
                ...this.actions.settings(),
                query: this.state.query,
                documents: this.pair,
            });
            const asked = lines.reduce(fold, empty());
            for (const id of this.pair)
                asked.documents.set(id, this.state.documents.get(id) || asked.documents.get(id));
            this.asked = asked;
        } catch (error) {
            this.wrong = `It could not be asked: ${error.message}.`;
        }
        this.asking = false;
        this.actions.renew(this);
    }
}

// One document: how the first stage found it, and every comparison it stood in.
export class DocumentView {
    constructor(id, state, actions) {
        Object.assign(this, { id, state, actions, found: null, wrong: "" });
        this.title = short(name(state.documents.get(id), id), 80);
        if (!kept) this.fetch();
    }

    async fetch() {
        try {
            const { documents } = await ask("api/find", {
                ...this.actions.settings(),
                query: this.state.query,
                text: this.id,
            });
            this.found = documents.find(({ id }) => id === this.id);
        } catch (error) {
            this.wrong = error.message;
        }
        this.actions.renew(this);
    }

    nodes() {
        const { state, found, id } = this;
        const first = state.documents.get(id);
        const nodes = [h("h3", {}, "In the first stage")];
        if (found) nodes.push(...stage(found, state));
        else if (first) nodes.push(h("p", {}, `${ordinal(first.rank)} with ${first.score.toFixed(3)}.`));
        if (!found && !kept)
            nodes.push(h("p", { class: this.wrong ? "bad" : "quiet" }, this.wrong || "Looking it up."));
        return [...nodes, ...calls(id, state, this.actions)];
    }
}

// Any document of the index by its id or words.
export class FindView {
    constructor(state, actions) {
        Object.assign(this, { state, actions, documents: null, wrong: "", text: "" });
        this.title = "Where is the document I expected?";
        this.field = h("input", {
            type: "search",
            id: "expected",
            autocomplete: "off",
            maxlength: "1000",
            dir: "auto",
        });
        this.form = h(
            "form",
            { class: "find", onsubmit: (event) => this.submit(event) },
            h("label", { for: "expected" }, "Its id, or words of it"),
            this.field,
            h("button", { class: "plain", type: "submit" }, "Find"),
        );
        this.result = h("div", { role: "status" });
    }

    nodes() {
        return [this.form, this.result];
    }

    async submit(event) {
        event.preventDefault();
        say(this.result, "Looking for it.");
        try {
            const { documents } = await ask("api/find", {
                ...this.actions.settings(),
                query: this.state.query,
                text: this.field.value,
            });
            this.result.replaceChildren(
                ...(documents.length
                    ? documents.flatMap((found) => this.told(found))
                    : ["No document of this index has these words."]),
            );
        } catch (error) {
            say(this.result, error.message);
        }
    }

    told(found) {
        const { state, actions } = this;
        const candidate = state.documents.has(found.id);
        return [
            h(
                "h3",
                { dir: "auto" },
                candidate ? chip(found.id, state, actions) : name(found),
                h("span", { class: "quiet" }, ` ${found.id}`),
            ),
            ...stage(found, state),
            ...(candidate
                ? calls(found.id, state, actions)
                : [h("p", {}, `It was no candidate: the model read the first ${count(state.documents.size)} only.`)]),
        ];
    }
}

function stage({ rank, score, terms }, state) {
    const where = rank
        ? `${ordinal(rank)} by ${state.stage || "the first stage"}, score ${score.toFixed(3)}, by these words:`
        : score > 0
          ? `Below the first 1,000, score ${score.toFixed(3)}, by these words:`
          : "It has no word of the query, so the first stage cannot find it.";
    const most = Math.max(...terms.map((term) => term.weight), 1e-9);
    const sum = terms.reduce((total, term) => total + term.weight, 0);
    return [
        h("p", {}, where),
        terms.length > 0 &&
            h(
                "table",
                { class: "terms" },
                h("caption", { class: "spoken" }, "Share of each word in the score"),
                h(
                    "tbody",
                    {},
                    terms.map((term) =>
                        h(
                            "tr",
                            {},
                            h(
                                "th",
                                {
                                    scope: "row",
                                    dir: "auto",
                                    title: term.words.includes(term.stem) ? "" : `looked up as “${term.stem}”`,
                                },
                                term.words.join(", ") + (term.often > 1 ? ` ×${term.often}` : ""),
                            ),
                            h(
                                "td",
                                { "aria-hidden": "true" },
                                h("span", { class: "bar", style: `width: ${(100 * term.weight) / most}%` }),
                            ),
                            h("td", { class: "number" }, term.weight ? term.weight.toFixed(3) : "not there"),
                        ),
                    ),
                ),
                h(
                    "tfoot",
                    {},
                    h(
                        "tr",
                        {},
                        h("th", { scope: "row" }, "together"),
                        h("td", {}),
                        h("td", { class: "number" }, sum.toFixed(3)),
                    ),
                ),
            ),
    ].filter(Boolean);
}

// Every comparison a document stood in, what was said of it, and how it ended.
function calls(id, state, actions) {
    const stood = [...state.calls.values()].filter((call) => call.documents.includes(id));
    const told = story(state, id);
    if (!stood.length)
        return [
            h("h3", {}, "In the sort"),
            h("p", {}, state.calls.size ? "It stood in no comparison." : "No model was asked."),
        ];
    return [
        h(
            "h3",
            {},
            `In the sort: ${plural(stood.length, "comparison")}${told.settled ? `, rank ${told.settled.rank} settled` : ", not settled"}`,
        ),
        ...stood.map((call) =>
            h(
                "section",
                { class: "meeting" },
                h(
                    "p",
                    {},
                    h(
                        "button",
                        { class: "link", type: "button", onclick: () => actions.call(call.id) },
                        `Comparison ${call.id}`,
                    ),
                    `, round ${call.round}, `,
                    ...outcome(call, id, state, actions),
                ),
                call.reasons
                    .filter((reason) => reason.document === id)
                    .map(({ start, end }) =>
                        h(
                            "blockquote",
                            { class: "words", dir: "auto" },
                            labelled(call.text.slice(start, end), call, state, actions, id),
                        ),
                    ),
            ),
        ),
    ];
}

function outcome(call, id, state, actions) {
    if (!call.winner) return [STATUS[call.status]];
    return call.winner === id ? ["which it won"] : ["won by ", chip(call.winner, state, actions)];
}
