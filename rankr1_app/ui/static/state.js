// The fold: lines of a search in, what the page shows out. It touches nothing of the browser.

import { KINDS } from "./words.js";

/** @import { Call, Line, Phase, Raw, Reason, Span, State } from "./types.d.ts" */

/**
 * @param {Partial<State>} [known]
 * @returns {State}
 */
export function empty(known = {}) {
    return {
        phase: "empty",
        run: "",
        reader: undefined,
        query: "",
        settings: {},
        index: "",
        stage: "",
        seconds: 0,
        note: "",
        like: [],
        searched: "",
        rewritten: null,
        documents: new Map(),
        calls: new Map(),
        settled: new Map(),
        notes: new Map(),
        judged: null,
        unrecorded: "",
        started: "",
        expected: 0,
        shortened: null,
        totals: null,
        message: "",
        at: 0,
        changes: 0,
        ...known,
    };
}

/** @param {State} state */
export function running(state) {
    return ["waiting", "started", "listed", "running"].includes(state.phase);
}

/** @param {State} state */
export function ended(state) {
    return ["finished", "stopped", "failed"].includes(state.phase);
}

/**
 * What a line may leave out.
 * @type {Record<string, object>}
 */
const DEFAULTS = {
    search_started: { like: [] },
    rewritten: { text: "", note: "", complete: true },
    retrieved: { note: "" },
    shortened: { note: "", documents: {} },
    call_started: { kind: "choose", repeats: null, letters: false },
    call_finished: { scores: [], score_name: "", error: "", cached: null, feedback: 0, nearest: [] },
    explained: { reasons: [], labels: [], thought: [] },
};

/**
 * Take one line into `state`. Kinds that are not known are skipped, so that a newer server can say more.
 * @param {State} state
 * @param {Raw} raw
 */
export function fold(state, raw) {
    take(state, /** @type {Line} */ ({ ...DEFAULTS[raw.type], ...raw }));
    if (typeof raw.at === "number") state.at = Math.max(state.at, raw.at);
    if (raw.type !== "said") state.changes += 1;
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
            state.reader = line.reader;
            state.phase = "started";
            break;
        case "queued":
            state.phase = "waiting";
            break;
        case "search_started":
            state.phase = "started";
            state.query = line.query;
            state.settings = { ...line.settings, seed: line.seed };
            state.like = line.like;
            state.started = line.started;
            break;
        case "rewritten":
            rewrite(state, line);
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
        case "unrecorded":
            state.unrecorded = line.message;
            break;
        case "rank_settled":
            state.settled.set(line.document, { rank: line.rank, calls: line.calls });
            break;
        case "judged":
            state.judged = { grades: line.grades, highest: line.highest, cutoff: line.cutoff, ideal: line.ideal };
            break;
        case "notes":
            for (const [id, notes] of Object.entries(line.documents)) state.notes.set(id, notes);
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
 * What the query becomes: a model writes it piece by piece.
 * @param {State} state
 * @param {Line & { type: "rewritten" }} line
 */
function rewrite(state, { query, by, terms, documents, text, note, complete }) {
    const before = complete ? "" : (state.rewritten?.text ?? "");
    state.rewritten = { query, by, terms, documents, text: before + text, note, complete };
    if (complete && text) state.searched = query;
}

/**
 * What a line says of calls.
 * @param {State} state
 * @param {Line} line
 */
function takeCall(state, line) {
    switch (line.type) {
        case "shortened":
            state.shortened = { documents: line.documents, note: line.note };
            break;
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
                feedback: line.feedback,
                nearest: line.nearest,
                usage: line.usage,
                seconds: line.seconds,
                earlier: line.cached,
                finish: line.finish_reason,
                error: line.error,
            });
            break;
        case "explained":
            change(state, line.call, {
                reasons: line.reasons,
                labels: line.labels.map(([start, end, place]) => {
                    return { start, end, document: state.calls.get(line.call)?.documents[place] ?? "" };
                }),
                thought: line.thought.map(([start, end]) => ({ start, end })),
            });
    }
}

/**
 * @param {Line & { type: "call_started" }} line
 * @returns {Call}
 */
function begun({ call, round, kind, purpose, documents, repeats, letters }) {
    return {
        id: call,
        round,
        kind,
        purpose,
        documents,
        repeats,
        letters,
        status: "running",
        text: "",
        reasons: [],
        labels: null,
        thought: null,
        answer: [],
        order: [],
        scores: [],
        scoreName: "",
        feedback: 0,
        nearest: [],
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
    state.message = line.message || line.reason || "";
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
 * What a search took so far. Sums are of the calls that say; `uncounted` do not.
 * @param {State} state
 */
export function progress(state) {
    const calls = [...state.calls.values()];
    const paid = calls.flatMap(({ usage, earlier }) => (usage && !earlier ? [usage] : []));
    const sum = (/** @type {"prompt_tokens" | "cached_tokens" | "completion_tokens"} */ kind) =>
        paid.reduce((total, usage) => total + (usage[kind] ?? 0), 0);
    const unread = calls.filter(({ status }) => status === "retried" || status === "failed");
    const stopped = calls.filter(({ status }) => status === "cancelled");
    return {
        stopped: stopped.length,
        spent: stopped.reduce((total, { usage }) => total + (usage?.completion_tokens ?? 0), 0),
        counted: paid.length,
        uncounted: paid.filter((usage) => usage.prompt_tokens == null || usage.completion_tokens == null).length,
        unreadable: unread.filter(({ finish }) => finish !== "error").length,
        broken: unread.filter(({ finish }) => finish === "error").length,
        earlier: calls.filter(({ earlier }) => earlier).length,
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
    return { settled, now, main, others, notes: state.notes.get(id) ?? [] };
}

const OPENED = /^\s*(?:<(?:think(?:ing)?|thoughts?|reasoning|analysis)>|\[think\])\s*/i;
const CLOSED = /<\/(?:think(?:ing)?|thoughts?|reasoning|analysis)\s*>|\[\/think\]|<answer>/i;

/**
 * Where a call thinks: as it was found in the answer; while it is written, as it seems, without tags that are whole or
 * may become so.
 * @param {Call} call
 * @returns {Span[]}
 */
export function thoughts({ text, thought, status }) {
    if (thought) return thought.map((span) => trimmed(text, span)).filter(({ start, end }) => start < end);
    if (/^\s*[<[]?[a-z]{0,9}$/i.test(text) && /^\s*([<[]|$)/.test(text)) return [];
    const start = (OPENED.exec(text) ?? /^\s*/.exec(text))?.[0].length ?? 0;
    const rest = text.slice(start);
    const at = rest.search(CLOSED);
    const whole = at >= 0 ? rest.slice(0, at) : rest;
    const done = at >= 0 || status !== "running";
    const certain = done ? whole.trimEnd() : whole.replace(/\s*(<[^<>]{0,12}|\[\/?\w{0,6})?$/, "");
    return certain ? [{ start, end: start + certain.length }] : [];
}

/**
 * @param {string} text
 * @param {Span} span
 * @returns {Span}
 */
function trimmed(text, { start, end }) {
    const words = text.slice(start, end);
    const from = start + words.length - words.trimStart().length;
    return { start: from, end: Math.max(from, start + words.trimEnd().length) };
}
