// The fold: lines of a search in, what the page shows out. It touches nothing of the browser.

export const RUNNING = new Set(["started", "listed", "running"]);

export function empty() {
    return {
        phase: "empty", // empty, started, listed, running, finished, stopped, failed
        run: "", query: "", settings: {}, score: "", seconds: 0,
        candidates: [], byId: new Map(), calls: new Map(), settled: new Map(),
        ranking: null, totals: null, expected: 0, message: "",
    };
}

export function fold(state, line) {
    switch (line.type) {
        case "run":
            state.run = line.id;
            state.phase = "started";
            break;
        case "search_started":
            state.query = line.query;
            state.settings = line.settings;
            break;
        case "retrieved":
            state.candidates = line.candidates;
            state.byId = new Map(line.candidates.map((candidate) => [candidate.id, candidate]));
            state.score = line.score_name;
            state.seconds = line.seconds;
            state.phase = "listed";
            break;
        case "expected":
            state.expected = line.calls;
            break;
        case "call_started":
            state.phase = "running";
            state.calls.set(line.call, {
                id: line.call, round: line.round, purpose: line.purpose, documents: line.documents,
                repeats: line.repeats, text: "", reasons: [], status: "running", at: line.at,
            });
            break;
        case "said":
            for (const [id, text] of Object.entries(line.calls)) {
                const call = state.calls.get(Number(id));
                if (call) call.text += text;
            }
            break;
        case "call_finished":
            Object.assign(state.calls.get(line.call), {
                status: line.status, answer: line.answer, winner: line.winner, usage: line.usage,
                seconds: line.seconds, finish: line.finish_reason, error: line.error,
            });
            break;
        case "explained":
            state.calls.get(line.call).reasons = line.reasons;
            break;
        case "rank_settled":
            state.settled.set(line.document, { rank: line.rank, calls: line.calls });
            break;
        case "search_finished":
        case "search_stopped":
        case "search_failed":
            state.phase = line.type.slice("search_".length);
            state.ranking = line.ranking;
            state.totals = line.totals;
            state.message = line.message || line.reason || "";
            for (const call of state.calls.values()) if (call.status === "running") call.status = "unfinished";
            break;
        case "problem":
            state.phase = "failed";
            state.message = line.message;
            break;
    }
    return state;
}

// Every candidate once: settled ranks first, the rest as the first stage had it.
export function order(state) {
    const settled = [...state.settled].sort((a, b) => a[1].rank - b[1].rank).map(([id]) => id);
    const rest = state.candidates.map((candidate) => candidate.id).filter((id) => !state.settled.has(id));
    return [...settled, ...rest];
}

// What the model said of a document: the call that decided its rank first, then the others as they came.
export function mentions(state, id) {
    const deciding = state.settled.get(id)?.calls.at(-1);
    const found = [];
    for (const call of state.calls.values()) {
        const spoken = call.reasons.filter((reason) => reason.document === id);
        if (spoken.length) found.push({ call, spoken, deciding: call.id === deciding });
    }
    return found.sort((a, b) => b.deciding - a.deciding);
}

export function progress(state) {
    const calls = [...state.calls.values()];
    const done = calls.filter((call) => call.status !== "running");
    const sum = (name) => done.reduce((total, call) => total + (call.usage?.[name] || 0), 0);
    return {
        started: calls.length,
        done: done.length,
        unreadable: calls.filter((call) => call.status === "retried" || call.status === "failed").length,
        tokens: sum("completion_tokens"),
        read: sum("prompt_tokens"),
    };
}
