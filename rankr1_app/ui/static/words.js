// How the page speaks: numbers with units, states in words.

/** @import { Call, Candidate, Earlier, Kind, Place, Settings, Source, State, Status } from "./types.d.ts" */

// Made once: to make one takes as long as to write thousands of numbers.
const numbers = new Intl.NumberFormat("en");

/** @param {number} number */
export function count(number) {
    return numbers.format(number);
}

/**
 * @param {number} number
 * @param {string} one
 * @param {string} [many]
 */
export function plural(number, one, many = `${one}s`) {
    return `${count(number)} ${number === 1 ? one : many}`;
}

/** @param {number} number */
export function ordinal(number) {
    const tail = number % 100 > 10 && number % 100 < 14 ? "th" : ["th", "st", "nd", "rd"][number % 10] || "th";
    return `${count(number)}${tail}`;
}

/** @param {number} number */
export function seconds(number) {
    if (number >= 100) return `${Math.floor(number / 60)} min ${Math.round(number % 60)} s`;
    return `${number.toFixed(number < 10 ? 1 : 0)} s`;
}

/**
 * A score as far as it says something.
 * @param {number} number
 */
export function score(number) {
    return Math.abs(number) >= 100 ? number.toFixed(1) : number.toFixed(3);
}

/** @param {string} moment */
export function when(moment) {
    return new Date(moment).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
}

/**
 * What is said of an answer that was given before: never that the model thought now.
 * @param {Earlier} earlier
 */
export function earlier({ asked, seconds: took }) {
    return `from the cache, answered ${when(asked)} in ${seconds(took)}`;
}

/**
 * When and by what a search was made that is shown again.
 * @param {State} state
 */
export function recorded({ started, settings, index }) {
    const { reranker, model } = settings;
    const by = reranker && reranker !== "none" ? ` with ${model || reranker}` : "";
    const place = indexed(String(index || settings.index || "an index"));
    return `Recorded ${started ? when(started) : "earlier"}${by} on ${place}.`;
}

/**
 * Whether an index is of documents that a visitor brought.
 * @param {unknown} index
 */
export function own(index) {
    return /^own-[0-9a-f]{32}/.test(String(index));
}

/**
 * An index by the name that the page has for it.
 * @param {string} index
 */
export function indexed(index) {
    return own(index) ? "your documents" : index;
}

/**
 * @param {{ title: string, id: string } | Candidate | undefined} candidate
 * @param {string} [id]
 */
export function name(candidate, id = "") {
    return candidate?.title || candidate?.id || id;
}

/** @param {number} bytes */
export function size(bytes) {
    if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
    return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * Where a passage stands in the file it was taken from.
 * @param {Place} place
 */
export function placed({ file, page }) {
    return page ? `${file}, page ${page}` : file;
}

/** @param {string} text */
export function short(text, limit = 36) {
    const letters = Array.from(text);
    return letters.length > limit
        ? `${letters
              .slice(0, limit - 1)
              .join("")
              .trimEnd()}…`
        : text;
}

/** @type {Record<string, string>} */
const MEANS = { bm25: "words", dense: "meaning", milvus: "words", "milvus-dense": "meaning" };

/**
 * Where the parts of a first stage had a document.
 * @param {Source[]} sources
 */
export function sourced(sources) {
    return sources.map(({ retriever, rank }) => `${ordinal(rank)} by ${MEANS[retriever] ?? retriever}`).join(", ");
}

/**
 * The first stage by the name of its score; one of several parts has none that would say something.
 * @param {State} state
 */
export function stageOf({ documents, stage }) {
    const [first] = documents.values();
    return first?.sources?.length ? "the first stage" : stage || "the first stage";
}

/**
 * A first stage as people write its name.
 * @param {string} name
 */
export function staged(name) {
    return name.replace(/bm25|rm3|(?<=^|\+)[a-z]/g, (letters) => letters.toUpperCase());
}

/**
 * Whose ranking a search with these settings is: the reranker's, or the first stage's.
 * @param {Settings} settings
 */
export function ranker({ reranker, retriever, engine, model }) {
    if (!reranker || reranker === "none") return `${staged(String(retriever || "first stage"))}, first stage`;
    return engine === "openai" && model ? `${model}, prompted as ${reranker}` : String(reranker);
}

/** @param {string} text */
export function capital(text) {
    return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/**
 * What a call is on the page, by its kind: its name, and whether documents are compared in it, so that one wins.
 * @type {Record<Kind, { noun: string, compares: boolean }>}
 */
export const KINDS = {
    choose: { noun: "comparison", compares: true },
    order: { noun: "comparison", compares: true },
    judge: { noun: "comparison", compares: true },
    score: { noun: "reading", compares: false },
    answer: { noun: "answer", compares: false },
};

/**
 * A call by its name, such as `comparison 5`.
 * @param {{ id: number, kind: Kind }} call
 */
export function called({ id, kind }) {
    return `${KINDS[kind].noun} ${id}`;
}

/**
 * What several calls are, in one word.
 * @param {Iterable<Call>} calls
 */
export function noun(calls) {
    const nouns = new Set(Array.from(calls, (call) => KINDS[call.kind].noun));
    const [first = KINDS.choose.noun] = nouns;
    return nouns.size > 1 ? "call" : first;
}

/** @type {Record<Status, string>} */
export const STATUS = {
    running: "thinking",
    ok: "answer read",
    repaired: "answer read, though not in the format it was asked for",
    retried: "answer could not be read, asked again",
    failed: "answer could not be read, first-stage order decided",
    cancelled: "stopped, no longer needed",
    unfinished: "stopped before its answer",
};

/** How the sentence begins that says that perhaps no document fits. */
const DOUBT = "It may be that nothing here fits";

/**
 * What is said of the list, in sentences without their full stops.
 * @param {Pick<State, "documents" | "note">} state
 */
function noted({ documents, note }) {
    return documents.size ? capital(note).split(/\. /) : [];
}

/**
 * That perhaps no document fits, in a sentence with figures; empty where one may.
 * @param {Pick<State, "documents" | "note">} state
 */
export function doubt(state) {
    const found = noted(state).find((each) => each.startsWith(DOUBT));
    return found ? `${found}.` : "";
}

/**
 * What else is to be known of a search, in sentences: of its list, of what the model did not read, and why it was
 * stopped. Who pressed Stop needs no reason.
 * @param {Pick<State, "documents" | "note" | "shortened" | "phase" | "message">} state
 */
export function remarks(state) {
    const { shortened, phase, message } = state;
    const stopped = message.startsWith("stopped ") ? `it was ${message}` : `it was stopped: ${message}`;
    const why = phase === "stopped" && message && message !== "stopped" ? stopped : "";
    const found = noted(state).filter((each) => !each.startsWith(DOUBT));
    const said = [...found, capital(shortened?.note ?? ""), capital(why)];
    return said.flatMap((each) => (each ? [`${each}.`] : []));
}

/**
 * What a sentence says, without why and up to where.
 * @param {string} sentence
 */
export function head(sentence) {
    const [said] = sentence.split(/: |, (?=since |up to )/, 1);
    return said === sentence ? said : `${said}.`;
}

/** @type {Record<string, string>} */
export const FINISH = {
    stop: "complete",
    length: "length limit reached",
    error: "the call failed",
};

const STOP = new Set(
    (
        "a about an and any are as at be been but by can could did do does for from get had has have how i if in into is " +
        "it its me my no not of on one or our out should so than that the their them there they this to up was we were " +
        "what when where which who why will with would you your"
    ).split(" "),
);

/**
 * The words of a query worth finding again, reduced to their stems.
 * @param {string} query
 */
export function stems(query) {
    const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) || [];
    return new Set(words.filter((word) => !STOP.has(word) && word.length < 60).map(stem));
}

/** What `ion` and `ous` are cut from: two syllables, so that `eruption` is `erupt` and `station` stays. */
const LONG = /[aeiouy][^aeiouy]+[aeiouy]+[^aeiouy]+$/;

/**
 * A rough English stem: enough to see `rises` and `rising` in `rise`. The server has the same (explanation/stems.py).
 * @param {string} word
 */
export function stem(word) {
    let cut = word;
    if (cut.endsWith("ous") && LONG.test(cut.slice(0, -3))) cut = cut.slice(0, -3);
    else if (cut.length > 4 && cut.endsWith("ies")) cut = `${cut.slice(0, -3)}y`;
    else if (cut.length > 3 && cut.endsWith("s") && !cut.endsWith("ss")) cut = cut.slice(0, -1);
    if (/[st]ion$/.test(cut) && LONG.test(cut.slice(0, -3))) cut = cut.slice(0, -3);
    for (const ending of ["ing", "ed"]) {
        if (cut.length > ending.length + 2 && cut.endsWith(ending) && !cut.endsWith("eed")) {
            cut = cut.slice(0, -ending.length);
            break;
        }
    }
    return cut.length > 3 && cut.endsWith("e") ? cut.slice(0, -1) : cut;
}
