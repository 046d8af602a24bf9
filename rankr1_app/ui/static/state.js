// The fold: lines of a search in, what the page shows out. It touches nothing of the browser.

import { current } from "./lines.js";
import { KINDS, called } from "./words.js";

/** @import { Call, Line, Phase, Raw, Reason, Settled, State } from "./types.d.ts" */

/**
 * @param {Partial<State>} [known]
 * @returns {State}
 */
export function empty(known = {}) {
    return {
        phase: "empty",
        run: "",
        query: "",
        settings: {},
        index: "",
        stage: "",
        seconds: 0,
        note: "",
        documents: new Map(),
        calls: new Map(),
        settled: new Map(),
        started: "",
        expected: 0,
        totals: null,
        message: "",
        at: 0,
        ...known,
    };
}

/** @param {State} state */
export function running(state) {
    return ["started", "listed", "running"].includes(state.phase);
}

/** @param {State} state */
export function ended(state) {
    return ["finished", "stopped", "failed"].includes(state.phase);
}

/**
 * Take one line into `state`. Kinds that are not known are skipped, so that a newer server can say more.
 * @param {State} state
 * @param {Raw} raw
 */
export function fold(state, raw) {
    const line = current(raw);
    take(state, line);
    if (typeof line.at === "number") state.at = Math.max(state.at, line.at);
    return state;
}

/**
 * @param {State} state
 * @param {Line} line
 */
function take(state, line) {
    switch (line.type) {
        case "run":
            state.run = line.id;
            state.phase = "started";
            break;
        case "search_started":
            state.query = line.query;
            state.settings = { ...line.settings, seed: line.seed };
            state.started = line.started;
            break;
        case "retrieved":
            state.documents = new Map(line.candidates.map((candidate) => [candidate.id, candidate]));
            state.index = line.index;
            state.stage = line.score_name;
            state.seconds = line.seconds;
            state.note = line.note;
            state.phase = "listed";
            break;
        case "planned":
            state.expected = line.calls;
            break;
        case "rank_settled":
            state.settled.set(line.document, {
                rank: line.rank,
                calls: line.calls,
                score: line.score,
                scoreName: line.score_name,
            });
            break;
        case "search_finished":
            return end(state, "finished", line);
        case "search_stopped":
            return end(state, "stopped", line);
        case "search_failed":
        case "problem":
            return end(state, "failed", line);
        default:
            takeCall(state, line);
    }
}

/**
 * What a line says of calls.
 * @param {State} state
 * @param {Line} line
 */
function takeCall(state, line) {
    switch (line.type) {
        case "call_started":
            state.phase = "running";
            state.calls.set(line.call, begun(line));
            break;
        case "said":
            for (const [id, text] of Object.entries(line.calls)) {
                const call = state.calls.get(Number(id));
                if (call) call.text += text;
            }
            break;
        case "call_finished":
            change(state, line.call, {
                status: line.status,
                answer: line.answer,
                order: line.order,
                scores: line.scores,
                scoreName: line.score_name,
                usage: line.usage,
                seconds: line.seconds,
                earlier: line.cached,
                finish: line.finish_reason,
                error: line.error,
            });
            break;
        case "explained":
            change(state, line.call, { reasons: line.reasons, labels: line.labels });
    }
}

/**
 * @param {Line & { type: "call_started" }} line
 * @returns {Call}
 */
function begun({ call, round, kind, purpose, documents, repeats }) {
    return {
        id: call,
        round,
        kind,
        purpose,
        documents,
        repeats,
        status: "running",
        text: "",
        reasons: [],
        labels: null,
        answer: [],
        order: [],
        scores: [],
        scoreName: "",
        usage: null,
        seconds: null,
        earlier: null,
        finish: "",
        error: "",
    };
}

/**
 * @param {State} state
 * @param {number} id
 * @param {Partial<Call>} changes
 */
function change(state, id, changes) {
    const call = state.calls.get(id);
    if (call) Object.assign(call, changes);
}

/**
 * @param {State} state
 * @param {Phase} phase
 * @param {Line & { type: "search_finished" | "search_stopped" | "search_failed" | "problem" }} line
 */
function end(state, phase, line) {
    state.phase = phase;
    state.totals = line.totals || null;
    state.message = line.message || "";
    for (const call of state.calls.values()) if (call.status === "running") call.status = "unfinished";
}

/**
 * Every document once: settled ranks first, the rest as the first stage had it.
 * @param {State} state
 */
export function order(state) {
    const settled = [...state.settled].sort((a, b) => a[1].rank - b[1].rank).map(([id]) => id);
    return [...settled, ...[...state.documents.keys()].filter((id) => !state.settled.has(id))];
}

/**
 * How many ranks are asked for, as far as there are documents.
 * @param {State} state
 */
export function wanted(state) {
    if (!state.settings.reranker || state.settings.reranker === "none") return 0;
    return Math.min(Number(state.settings.k) || 0, state.documents.size);
}

/**
 * The document that won a call in which several were compared; null where nobody did, or one was looked at alone.
 * @param {Call} call
 */
export function winner(call) {
    return KINDS[call.kind].compares ? (call.order[0] ?? null) : null;
}

/**
 * Whether a whole answer came.
 * @param {Call} call
 */
export function answered(call) {
    return ["ok", "repaired", "retried", "failed"].includes(call.status);
}

/**
 * How far a search has come, and what it took. Sums are null where a call does not say.
 * @param {State} state
 */
export function progress(state) {
    const calls = [...state.calls.values()];
    const paid = calls.filter((call) => call.usage && !call.earlier);
    const sum = (/** @type {"prompt_tokens" | "cached_tokens" | "completion_tokens"} */ kind) => {
        const counts = paid.map((call) => call.usage?.[kind] ?? null);
        return counts.reduce((total, count) => (total === null || count === null ? null : total + count), 0);
    };
    return {
        started: calls.length,
        counted: paid.length > 0 || calls.some((call) => call.earlier),
        unreadable: calls.filter((call) => call.status === "retried" || call.status === "failed").length,
        earlier: calls.filter((call) => call.earlier).length,
        read: sum("prompt_tokens"),
        reused: sum("cached_tokens"),
        written: sum("completion_tokens"),
    };
}

/** @typedef {{ call: Call, spans: Reason[] }} Mention */

/**
 * What is true about one document: its place, the calls it stands in now, and who said what of it where.
 * `main` is the answer that decided its rank, or, before that, the last one that spoke of it.
 * @param {State} state
 * @param {string} id
 */
export function story(state, id) {
    const settled = state.settled.get(id) || null;
    const decided = (settled && state.calls.get(settled.calls.at(-1) ?? 0)) || null;
    /** @type {Mention[]} */
    const mentions = [];
    const now = [];
    for (const call of state.calls.values()) {
        if (call.status === "running" && call.documents.includes(id)) now.push(call);
        const spans = call.reasons.filter((reason) => reason.document === id);
        if (spans.length) mentions.push({ call, spans });
    }
    const main = settled ? mentions.find(({ call }) => call === decided) || null : mentions.at(-1) || null;
    const others = mentions.filter((mention) => mention !== main);
    return { settled, decided, now, main, others, notes: notes(state, settled, decided, main, mentions) };
}

/**
 * @param {State} state
 * @param {Settled | null} settled
 * @param {Call | null} decided
 * @param {Mention | null} main
 * @param {Mention[]} mentions
 */
function notes(state, settled, decided, main, mentions) {
    const found = [];
    if (settled && !decided) found.push("Nothing was left to compare it with.");
    else if (decided?.status === "failed") {
        found.push(`The answer of ${called(decided)} could not be read: first-stage order put it here.`);
    } else if (decided && !main) {
        const without = mentions.length ? " without saying anything about it" : "";
        found.push(`The model ${KINDS[decided.kind].settles} ${called(decided)}${without}.`);
    } else if (!settled && state.calls.size && ended(state)) {
        found.push(
            state.phase === "finished"
                ? "Not reached: kept in first-stage order."
                : "Not settled when the search ended: first-stage order.",
        );
    }
    // Before an answer came nothing can be said of what answers mention.
    const some = [...state.calls.values()].some(answered);
    if (!mentions.length && some && (settled || ended(state))) found.push("No answer mentioned this document.");
    return found;
}

/**
 * Where in the raw output the thought stands: without its tags, also while they are being written.
 * @param {string} raw
 */
export function thought(raw) {
    const opened = /^\s*<think>\s*/i.exec(raw);
    if (!opened && /^\s*<?(t(h(i(nk?)?)?)?)?$/i.test(raw)) return { start: 0, end: 0, closed: false };
    const start = (opened ?? /^\s*/.exec(raw))?.[0].length ?? 0;
    const rest = raw.slice(start);
    let at = rest.search(/<\/think\s*>/i);
    if (at < 0) at = rest.search(/<answer>/i);
    return { start, end: start + (at < 0 ? rest.length : at), closed: at >= 0 };
}
