// The fold: lines of a search in, what the page shows out. It touches nothing of the browser.

export function empty() {
    return {
        phase: "empty", // empty, started, listed, running, then finished, stopped or failed
        run: "",
        query: "",
        settings: {},
        index: "",
        stage: "",
        seconds: 0,
        documents: new Map(),
        calls: new Map(),
        settled: new Map(),
        started: "",
        expected: 0,
        totals: null,
        message: "",
        at: 0,
    };
}

export function running(state) {
    return ["started", "listed", "running"].includes(state.phase);
}

export function ended(state) {
    return ["finished", "stopped", "failed"].includes(state.phase);
}

const READ = {
    run(state, line) {
        state.run = line.id;
        state.phase = "started";
    },
    search_started(state, line) {
        state.query = line.query;
        state.settings = { ...line.settings, seed: line.seed };
        state.started = line.started;
    },
    retrieved(state, line) {
        state.documents = new Map(line.candidates.map((candidate) => [candidate.id, candidate]));
        state.index = line.index;
        state.stage = line.score_name;
        state.note = line.note;
        state.seconds = line.seconds;
        state.phase = "listed";
    },
    planned(state, line) {
        state.expected = line.calls;
    },
    call_started(state, line) {
        state.phase = "running";
        state.calls.set(line.call, {
            id: line.call,
            round: line.round,
            purpose: line.purpose,
            documents: line.documents,
            repeats: line.repeats,
            started: line.at,
            status: "running",
            text: "",
            reasons: [],
            answer: null,
            winner: null,
        });
    },
    said(state, line) {
        for (const [id, text] of Object.entries(line.calls)) {
            const call = state.calls.get(Number(id));
            if (call) call.text += text;
        }
    },
    call_finished(state, line) {
        const call = state.calls.get(line.call);
        if (!call) return;
        Object.assign(call, {
            status: line.status,
            answer: line.answer?.[0] ?? null,
            winner: line.order?.[0] ?? null,
            usage: line.usage,
            seconds: line.seconds,
            known: line.cached,
            likelihoods: line.scores,
            finish: line.finish_reason,
            error: line.error,
        });
    },
    explained(state, line) {
        const call = state.calls.get(line.call);
        if (call) call.reasons = line.reasons;
    },
    rank_settled(state, line) {
        state.settled.set(line.document, { rank: line.rank, calls: line.calls });
    },
    search_finished: end("finished"),
    search_stopped: end("stopped"),
    search_failed: end("failed"),
    problem: end("failed"),
    unrecorded(state, line) {
        state.unrecorded = line.message;
    },
};

function end(phase) {
    return (state, line) => {
        state.phase = phase;
        state.totals = line.totals || null;
        state.message = line.message || "";
        for (const call of state.calls.values()) if (call.status === "running") call.status = "unfinished";
    };
}

// Takes one line into `state`. Kinds it does not know are skipped, so that a newer server can say more.
export function fold(state, line) {
    READ[line.type]?.(state, line);
    if (typeof line.at === "number") state.at = Math.max(state.at, line.at);
    return state;
}

// Every document once: settled ranks first, the rest as the first stage had it.
export function order(state) {
    const settled = [...state.settled].sort((a, b) => a[1].rank - b[1].rank).map(([id]) => id);
    return [...settled, ...[...state.documents.keys()].filter((id) => !state.settled.has(id))];
}

// How many ranks are asked for, as far as there are documents.
export function wanted(state) {
    if (!state.settings.reranker || state.settings.reranker === "none") return 0;
    return Math.min(state.settings.k || 0, state.documents.size);
}

export function progress(state) {
    const calls = [...state.calls.values()];
    const sum = (kind) => calls.reduce((total, call) => total + (call.known ? 0 : call.usage?.[kind] || 0), 0);
    return {
        started: calls.length,
        done: calls.filter((call) => call.status !== "running").length,
        unreadable: calls.filter((call) => call.status === "retried" || call.status === "failed").length,
        known: calls.filter((call) => call.known).length,
        read: sum("prompt_tokens"),
        reused: sum("cached_tokens"),
        written: sum("completion_tokens"),
    };
}

// What is true about one document: its place, the calls it stands in now, and who said what of it where.
// `main` is the answer that decided its rank, or, before that, the last one that spoke of it.
export function story(state, id) {
    const settled = state.settled.get(id) || null;
    const decided = settled ? state.calls.get(settled.calls.at(-1)) || null : null;
    const mentions = [];
    const now = [];
    for (const call of state.calls.values()) {
        if (call.status === "running" && call.documents.includes(id)) now.push(call.id);
        const spans = call.reasons.filter((reason) => reason.document === id);
        if (spans.length) mentions.push({ call, spans });
    }
    const main = settled ? mentions.find(({ call }) => call === decided) || null : mentions.at(-1) || null;
    return {
        settled,
        decided,
        now,
        main,
        others: mentions.filter((mention) => mention !== main),
        notes: notes(state, settled, decided, main, mentions),
    };
}

function notes(state, settled, decided, main, mentions) {
    const said = [];
    if (settled && !decided) said.push("Nothing was left to compare it with.");
    else if (decided?.status === "failed")
        said.push(`The answer of comparison ${decided.id} could not be read: first-stage order put it here.`);
    else if (settled && !main) {
        said.push(
            mentions.length
                ? `The model chose it in comparison ${decided.id} without saying anything about it.`
                : `The model chose it in comparison ${decided.id}.`,
        );
    } else if (!settled && state.calls.size && ended(state)) {
        said.push(
            state.phase === "finished"
                ? "Not reached: kept in first-stage order."
                : "Not settled when the search ended: first-stage order.",
        );
    }
    if (!mentions.length && state.calls.size && (settled || ended(state)))
        said.push("No answer mentioned this document.");
    return said;
}

// Where in the raw output the thought stands: without its tags, also while they are being written.
export function thought(raw) {
    const opened = /^\s*<think>\s*/i.exec(raw);
    if (!opened && /^\s*<?(t(h(i(nk?)?)?)?)?$/i.test(raw)) return { start: 0, end: 0, closed: false };
    const start = opened ? opened[0].length : /^\s*/.exec(raw)[0].length;
    const rest = raw.slice(start);
    let at = rest.search(/<\/think\s*>/i);
    if (at < 0) at = rest.search(/<answer>/i);
    return { start, end: start + (at < 0 ? rest.length : at), closed: at >= 0 };
}
