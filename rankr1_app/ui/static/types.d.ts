// The shapes that the modules of the page share. Only the type checker reads this file.

export type Kind = "choose" | "order" | "score" | "judge" | "answer";
export type Status = "running" | "ok" | "repaired" | "retried" | "failed" | "cancelled" | "unfinished";
export type Phase = "empty" | "waiting" | "started" | "listed" | "running" | "finished" | "stopped" | "failed";
export type Settings = Record<string, string | number | null>;

// Where a retriever that took part in finding a document had it; `near` is how near the document is to the query and the
// first documents of the fused list together.
export interface Source {
    retriever: string;
    rank: number;
    score: number;
    score_name: string;
    near?: number | null;
}

// Where a passage stands in the file it was taken from; page 0 where there are none.
export interface Place {
    file: string;
    page: number;
    start: number;
    end: number;
}

// A document as the first stage found it; `characters` is its whole length, `text` may be its beginning.
export interface Candidate {
    id: string;
    title: string;
    text: string;
    rank: number;
    score: number;
    characters: number;
    sources?: Source[];
    place?: Place | null;
}

// Tokens of a call; null, or nothing, where the engine does not say.
export interface Usage {
    prompt_tokens?: number | null;
    cached_tokens?: number | null;
    completion_tokens?: number | null;
}

export interface Totals {
    calls: number;
    seconds: number;
}

// When an answer that was given before was asked for, and the seconds it took then.
export interface Earlier {
    asked: string;
    seconds: number;
}

// Positions in the text of a call, in UTF-16 units.
export interface Span {
    start: number;
    end: number;
}

export interface Label extends Span {
    document: string;
}

// What a reason quotes of its document: `in` which field it stands, from where to where; null where it does not.
export interface Quote extends Span {
    in: "title" | "text" | null;
    exact?: boolean;
    from?: number;
    to?: number;
}

export interface Reason extends Span {
    document: string;
    outcome: "won" | "lost" | "undecided";
    quotes?: Quote[];
}

// A document whose vector is near another one's, as a model computed it.
export interface Neighbour {
    document: string;
    cosine: number;
}

// One question to the model. `order` holds documents best first: one, all, or none that could be read. `scores` are in
// the order of `documents`, and so is `nearest`: which of the first `feedback` documents, with which the query was read,
// are nearest to each. `labels` and `thought`, where in the text it thinks, are null until the answer was looked
// through.
export interface Call {
    id: number;
    round: number;
    kind: Kind;
    purpose: string;
    documents: string[];
    repeats: number | null;
    letters: boolean;
    status: Status;
    text: string;
    reasons: Reason[];
    labels: Label[] | null;
    thought: Span[] | null;
    answer: string[];
    order: string[];
    scores: number[];
    scoreName: string;
    feedback: number;
    nearest: Neighbour[][];
    usage: Usage | null;
    seconds: number | null;
    earlier: Earlier | null;
    finish: string;
    error: string;
}

// A rank that is settled, and by which calls.
export interface Settled {
    rank: number;
    calls: number[];
}

// Grades that people gave documents for a query, and the gain of the best order there is, by which nDCG divides.
export interface Judged {
    grades: Record<string, number>;
    highest: number;
    cutoff: number;
    ideal: number;
}

// What the query became before it was searched for: by what, with which terms, learnt from which documents. A model
// writes `text`; while it does, it is not complete. `note` says why the query stayed as it is.
export interface Rewritten {
    query: string;
    by: string;
    terms: { term: string; weight: number }[];
    documents: string[];
    text: string;
    note: string;
    complete: boolean;
}

export interface State {
    phase: Phase;
    run: string;
    /** The number of this page among the readers of a search that runs. */
    reader: number | undefined;
    query: string;
    settings: Settings;
    index: string;
    stage: string;
    seconds: number;
    note: string;
    /** Ids of documents that were marked, for more like them. */
    like: string[];
    /** What a model made of the query; empty for the query itself. */
    searched: string;
    rewritten: Rewritten | null;
    documents: Map<string, Candidate>;
    calls: Map<number, Call>;
    settled: Map<string, Settled>;
    notes: Map<string, string[]>;
    judged: Judged | null;
    unrecorded: string;
    started: string;
    expected: number;
    /** What the model did not read all of: so many characters of documents; in words, where the query was cut. */
    shortened: { documents: Record<string, number>; note: string } | null;
    totals: Totals | null;
    message: string;
    at: number;
    /** Grows with every line but those that only say more of an answer. */
    changes: number;
}

interface At {
    at?: number;
}

interface End extends At {
    totals?: Totals | null;
    message?: string;
    reason?: string;
}

// One line of a search.
export type Line =
    | ({ type: "run"; id: string; reader?: number } & At)
    | ({ type: "queued" } & At)
    | ({ type: "search_started"; query: string; settings: Settings; seed: number; started: string; like: string[] } & At)
    | ({ type: "rewritten" } & Rewritten & At)
    | ({ type: "retrieved"; index: string; score_name: string; seconds: number; note: string; candidates: Candidate[] } & At)
    | ({ type: "planned"; calls: number } & At)
    | ({ type: "shortened"; documents: Record<string, number>; note: string } & At)
    | ({ type: "unrecorded"; message: string } & At)
    | ({ type: "call_started"; call: number; round: number; kind: Kind; purpose: string; documents: string[]; repeats: number | null; letters: boolean } & At)
    | ({ type: "said"; calls: Record<string, string> } & At)
    | ({
          type: "call_finished";
          call: number;
          answer: string[];
          order: string[];
          scores: number[];
          score_name: string;
          feedback: number;
          nearest: Neighbour[][];
          status: Status;
          finish_reason: string;
          usage: Usage | null;
          seconds: number;
          error: string;
          cached: Earlier | null;
      } & At)
    | ({ type: "explained"; call: number; reasons: Reason[]; labels: [start: number, end: number, place: number][]; thought: [number, number][] } & At)
    | ({ type: "judged" } & Judged & At)
    | ({ type: "notes"; documents: Record<string, string[]> } & At)
    | ({ type: "rank_settled"; rank: number; document: string; calls: number[] } & At)
    | ({ type: "search_finished" | "search_stopped" | "search_failed" | "problem" } & End);

// A line as it arrives: a newer server may send kinds that are not known here.
export type Raw = Record<string, any> & { type: string };

// What can be done with one search that is shown; every part of it gets this.
export interface Actions {
    state: State;
    engine: string;
    again(): void;
    resume(): void;
    go(id: string): void;
    call(id: number): void;
    trial(id: number): void;
    document(id: string): void;
    compare(id: string): void;
    below(id: string): void;
    pair(first: string, second: string): void;
    judge(): void;
    first: string | null;
    find(): void;
    sort(): void;
    drawn(): void;
    place(id: string): number;
    settings(): Settings;
    marked: { button(id: string): HTMLElement };
    facets: Filter;
    tested: { sign: number; of(call: Call): string; take(trials: Tried[]): void };
    relabel(): void;
    renew(view: View): void;
}

// A reason that was tried: the passage, whether the title is part of it, what the prompt told of the document by the first
// stage, and what was sent; what was tried before these were kept has none of them.
export interface Tried {
    call: number;
    way: "without" | "only";
    asked: string;
    lines: Raw[];
    passage?: string[];
    title?: boolean;
    before?: string;
    after?: string;
    messages?: { role: string; content: string }[];
}

// What a classifier said of labels: a probability for each of them, in their order, by document; when it was asked.
export interface Labelled {
    model: string;
    labels: string[];
    documents: Record<string, number[]>;
    asked: string;
    threshold: number;
}

// What labels leave of a list and say of a document; `sign` changes with that, `filters` where not all are shown.
export interface Filter {
    filters: boolean;
    offered: boolean;
    open: boolean;
    toggle(): void;
    sign: string;
    keep(ids: string[]): string[];
    line(id: string): Child[];
    clear(): void;
}

// What the side panel shows.
export interface View {
    title: string;
    state: State;
    address: string[];
    /** What gets the focus when it is opened, instead of its title. */
    field?: HTMLElement;
    wide?: boolean;
    /** False where a link to it is of no use to anybody else. */
    shared?: boolean;
    nodes(): Child[];
    update?(): void;
    step?(by: number): void;
    neighbours?(): [before: boolean, after: boolean];
}

export type Child = Node | string | null | undefined | false | 0;
export type Attributes = Record<string, string | number | boolean | null | undefined | ((event: any) => unknown)>;

// One comparison whole, with what was sent.
export interface Whole {
    text: string;
    messages: { role: string; content: string }[];
}

// What a page that was kept carries: one search, or several that stand side by side, with the votes on them.
export interface Kept {
    css: string;
    lines: Raw[];
    calls: Record<string, Whole>;
    beside: { lines: Raw[] }[];
    /** The same search with its documents shuffled otherwise. */
    shuffles?: Raw[][];
    /** Labels that were asked for, and which documents each fits. */
    facets?: Labelled[];
    trials?: Tried[];
    votes: { choice: string }[];
}

// What the server offers.
export interface Catalogue {
    settings: Settings;
    indexes: { name: string; documents: number | null; retriever: string }[];
    rerankers: { name: string; about: string; family: string; docs_per_call: number | null; max_tokens: number | null }[];
    retrievers: string[];
    sorts: string[];
    orders: string[];
    rewrites: Record<string, string>;
    limits: Record<string, [number, number]>;
    topics: string[];
}

// A document of the index with its place in the first stage, and the words and sentences that brought it there.
export interface Found {
    id: string;
    title: string;
    rank: number | null;
    score: number;
    terms: { stem: string; words: string[]; often: number; weight: number }[];
    sources?: Source[];
    encoder?: string;
    sentences?: { text: string; nearness: number }[];
}

// Documents of one's own, as the server has them.
export interface Own {
    open: boolean;
    limits?: { hours: number };
    files?: { name: string; bytes: number }[];
    index?: { name: string; documents: number; retriever: string } | null;
    building?: { stage: string; done: number; documents: number; wrong: string; over: boolean } | null;
}

// An index that can be fetched by name, and how far that is.
export interface KnownIndex {
    name: string;
    about: string;
    bytes: number;
    documents: number;
    licence: string;
    here: boolean;
    fetching: { stage: string; done: number; wrong: string; over: boolean } | null;
}

// One file of them: what it was taken for, and its columns if it has some.
export interface OwnFile {
    name: string;
    what: string;
    columns: string[];
    chosen: Record<string, string>;
    documents: number;
    wrong: string;
}

// What will be read of them.
export interface OwnLooked {
    files: OwnFile[];
    documents: { id: string; title: string; text: string; place: Place | null }[];
    count: number;
    whole: boolean;
    wrong: string;
    skipped: { what: string; count: number; where: string[] }[];
}
