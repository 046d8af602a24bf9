// What will be read of one's own documents: every file, its columns, the first passages, and what is left out.

import { h } from "./dom.js";
import { count, placed, plural, short } from "./words.js";

/** @import { Child, OwnFile, OwnLooked } from "./types.d.ts" */
/** @typedef {{ id: string, title: string, text: string }} Chosen */

const PARTS = /** @type {const} */ (["text", "title", "id"]);
/** @type {Record<string, string>} */
const KINDS = { pdf: "PDF", docx: "DOCX", html: "web page", markdown: "Markdown" };

export class OwnPreview {
    /** @type {Record<string, Chosen>} What was chosen, by the name of the file. */
    columns = {};

    /** @param {() => void} changed */
    constructor(changed) {
        this.changed = changed;
        this.node = h("div", { class: "looked", role: "region", "aria-label": "What will be read", hidden: true });
    }

    forget() {
        this.columns = {};
        this.show(null);
    }

    /** @param {OwnLooked | null} looked */
    show(looked) {
        this.node.hidden = looked === null;
        if (looked === null) return;
        const { files, documents, skipped, wrong, whole } = looked;
        const number = `${whole ? "" : "at least "}${plural(looked.count, "passage")}`;
        this.node.replaceChildren(
            h("h2", {}, `What will be read: ${number}`),
            ...(wrong ? [h("p", { class: "bad" }, wrong)] : []),
            ...files.map((file) => this.file(file)),
            ...(skipped.length ? [left(skipped)] : []),
            ...(documents.length ? [h("h2", {}, "The first passages")] : []),
            h("ol", { class: "first" }, documents.map(passage)),
        );
    }

    /** @param {OwnFile} file */
    file(file) {
        const kind = KINDS[file.what] ?? file.what;
        const many = file.wrong && !file.documents ? "" : plural(file.documents, "passage");
        const about = h("p", {}, h("strong", { dir: "auto" }, file.name), " ", [kind, many].filter(Boolean).join(", "));
        const wrong = file.wrong ? h("p", { class: "bad" }, file.wrong) : null;
        const columns = file.columns.length && Object.keys(file.chosen).length ? this.choices(file) : null;
        /** @type {Child[]} */
        const parts = [about, columns, wrong];
        return h("section", { class: "file", "aria-label": file.name }, parts);
    }

    /** @param {OwnFile} file */
    choices(file) {
        const chosen = /** @type {Chosen} */ (file.chosen);
        const selects = PARTS.map((part) => {
            const onchange = (/** @type {Event} */ event) => {
                const { value } = /** @type {HTMLSelectElement} */ (event.target);
                this.columns[file.name] = { ...first(chosen), ...this.columns[file.name], [part]: value };
                this.changed();
            };
            const now = first(chosen)[part];
            const none = part === "text" ? [] : [["", part === "id" ? "number of the line" : "none"]];
            const all = [...none, ...file.columns.map((name) => [name, short(name, 40)])];
            const options = all.map(([value, text]) => h("option", { value, selected: value === now }, text));
            const name = { text: "Text", title: "Title", id: "Id" }[part];
            return h("label", { class: "pill" }, h("span", {}, name), h("select", { onchange }, options));
        });
        return h("div", { class: "row", role: "group", "aria-label": `Columns of ${file.name}` }, selects);
    }
}

/**
 * Of several columns of text the first can be chosen here.
 * @param {Chosen} chosen
 */
function first({ id, title, text }) {
    return { id, title, text: text.split("+")[0] };
}

/** @param {OwnLooked["skipped"]} skipped */
function left(skipped) {
    const lines = skipped.map(({ what, count: number, where }) =>
        h("li", {}, `${count(number)} ×\u00a0`, what, h("span", { class: "quiet" }, `, ${where.join("; ")}`)),
    );
    return h("div", {}, h("h2", {}, "Left out"), h("ul", { class: "left" }, lines));
}

/** @param {OwnLooked["documents"][number]} document */
function passage({ id, title, text, place }) {
    const where = place ? placed(place) : id;
    return h(
        "li",
        {},
        title ? h("strong", { dir: "auto" }, `${short(title, 80)} `) : null,
        h("span", { class: "quiet", dir: "auto" }, where),
        h("p", { dir: "auto" }, short(text, 240)),
    );
}
