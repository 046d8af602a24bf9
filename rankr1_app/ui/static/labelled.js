// What a classifier said of labels and documents: which fit, how many, and which documents a label leaves.

/** @import { Labelled } from "./types.d.ts" */

/**
 * The labels in a reader's own words, as they are typed with commas between.
 * @param {string} text
 */
export function typed(text) {
    const labels = text.split(/[,;、，\n]/).map((label) => label.trim());
    return labels.filter(Boolean);
}

/**
 * How many documents each label fits.
 * @param {Labelled} labelled
 */
export function counts({ labels, documents, threshold }) {
    const rows = Object.values(documents);
    return labels.map((_, n) => rows.filter((row) => row[n] >= threshold).length);
}

/**
 * The documents that a label fits, in the order they are given; all of them for no label.
 * @param {Labelled | null} labelled
 * @param {string} label
 * @param {string[]} ids
 */
export function only(labelled, label, ids) {
    const at = labelled?.labels.indexOf(label) ?? -1;
    if (!labelled || at < 0) return ids;
    return ids.filter(
        (id) => Object.hasOwn(labelled.documents, id) && labelled.documents[id][at] >= labelled.threshold,
    );
}

/**
 * The labels of a document, the likeliest first: those that `fit`, and the likeliest where none does. Null for a document
 * that was not read.
 * @param {Labelled} labelled
 * @param {string} id
 */
export function fitting({ labels, documents, threshold }, id) {
    if (!Object.hasOwn(documents, id)) return null;
    const all = labels.map((label, n) => ({ label, value: documents[id][n] })).sort((a, b) => b.value - a.value);
    return { fit: all.filter(({ value }) => value >= threshold), best: all[0] };
}
