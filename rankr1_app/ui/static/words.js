// How the page speaks: numbers with units, states in words.

export function count(number) {
    return number.toLocaleString("en");
}

export function plural(number, one, many = `${one}s`) {
    return `${count(number)} ${number === 1 ? one : many}`;
}

export function times(number) {
    return number === 1 ? "once" : number === 2 ? "twice" : `${count(number)} times`;
}

export function ordinal(number) {
    const tail = number % 100 > 10 && number % 100 < 14 ? "th" : ["th", "st", "nd", "rd"][number % 10] || "th";
    return `${count(number)}${tail}`;
}

export function seconds(number) {
    if (number >= 100) return `${Math.floor(number / 60)} min ${Math.round(number % 60)} s`;
    return `${number.toFixed(number < 10 ? 1 : 0)} s`;
}

// What is said of an answer that was given before: never that the model thought now.
export function known({ asked, seconds: took }) {
    const when = new Date(asked).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
    return `known from ${when}, took ${seconds(took)} then`;
}

// When and by what a search was made that is shown again.
export function recorded({ started, settings, index }) {
    const when = started
        ? new Date(started).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" })
        : "earlier";
    const model =
        settings.reranker && settings.reranker !== "none" ? ` with ${settings.model || settings.reranker}` : "";
    return `Recorded ${when}${model} on ${index || settings.index || "an index"}.`;
}

export function name(candidate, id = "") {
    return candidate?.title || candidate?.id || id;
}

export function short(text, limit = 36) {
    const letters = Array.from(text);
    return letters.length > limit
        ? `${letters
              .slice(0, limit - 1)
              .join("")
              .trimEnd()}…`
        : text;
}

export const STATUS = {
    running: "thinking",
    ok: "read as written",
    repaired: "read, though not written quite as asked",
    retried: "could not read the answer, asked again",
    failed: "could not read the answer, first-stage order decided",
    cancelled: "ended, another answer made it needless",
    unfinished: "ended before its answer",
};

export const FINISH = {
    stop: "the model had finished",
    length: "the length limit was reached",
    error: "the call broke",
};

const STOP = new Set(
    (
        "a about an and any are as at be been but by can could did do does for from get had has have how i if in into is it its " +
        "me my no not of on one or our out should so than that the their them there they this to up was we were what when " +
        "where which who why will with would you your"
    ).split(" "),
);

// The words of a query worth finding again, reduced to their stems.
export function stems(query) {
    const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) || [];
    return new Set(words.filter((word) => !STOP.has(word) && word.length < 60).map(stem));
}

// A rough English stem: enough to see `rises` and `rising` in `rise`.
export function stem(word) {
    let cut = word;
    if (cut.length > 4 && cut.endsWith("ies")) cut = `${cut.slice(0, -3)}y`;
    else if (cut.length > 3 && cut.endsWith("s") && !cut.endsWith("ss")) cut = cut.slice(0, -1);
    for (const ending of ["ing", "ed"]) {
        if (cut.length > ending.length + 2 && cut.endsWith(ending) && !cut.endsWith("eed")) {
            cut = cut.slice(0, -ending.length);
            break;
        }
    }
    return cut.length > 3 && cut.endsWith("e") ? cut.slice(0, -1) : cut;
}
