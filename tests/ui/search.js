// Lines of a search for tests, and what modules need of a browser.

import { empty, fold } from "../../rankr1_app/ui/static/state.js";

globalThis.matchMedia = () => ({ matches: true });
globalThis.document = { getElementById: () => null };
globalThis.location = new URL("http://localhost/");

const USAGE = { prompt_tokens: 10, cached_tokens: 4, completion_tokens: 5 };

export function retrieved(titles) {
    const candidates = titles.map((title, n) => ({
        id: `d${n + 1}`,
        title,
        text: "",
        rank: n + 1,
        score: 1,
        sources: [],
    }));
    return { type: "retrieved", index: "i", score_name: "BM25", seconds: 0.1, note: "", candidates, at: 0.1 };
}

export function started(call, documents, more = {}) {
    return {
        type: "call_started",
        call,
        round: 1,
        kind: "choose",
        purpose: "p",
        documents,
        repeats: null,
        at: call,
        ...more,
    };
}

export function finished(call, order, more = {}) {
    return {
        type: "call_finished",
        call,
        answer: order,
        order,
        scores: [],
        score_name: "",
        status: "ok",
        finish_reason: "stop",
        usage: USAGE,
        seconds: 1,
        error: "",
        cached: null,
        at: call + 0.5,
        ...more,
    };
}

export function explained(call, { reasons = [], labels = [], thought = [] } = {}) {
    return { type: "explained", call, reasons, labels, thought };
}

export function settled(document, rank, calls) {
    return { type: "rank_settled", document, rank, calls, score: null, score_name: "", at: 9 };
}

export function state(...lines) {
    return lines.reduce(fold, empty());
}
