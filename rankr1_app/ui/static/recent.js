// The searches of this browser, so that they can be opened again and stand beside each other.

import { remember, remembered } from "./dom.js";
import { ranker } from "./words.js";

/** @import { State } from "./types.d.ts" */
/** @typedef {{ run: string, query: string, index: string, at: string, ranker?: string, size?: string }} Entry */

const MOST = 50;

/**
 * The latest first.
 * @returns {Entry[]}
 */
export function recent() {
    try {
        const found = JSON.parse(remembered("searches", "[]"));
        return Array.isArray(found) ? found.filter((each) => typeof each?.run === "string") : [];
    } catch {
        return [];
    }
}

/**
 * A search that began has its place among them.
 * @param {State} state
 */
export function add({ run, query, settings }) {
    const index = String(settings.index);
    const others = recent().filter((each) => each.run !== run);
    const size = `depth ${settings.depth}, top ${settings.k}`;
    const entries = [{ run, query, index, at: new Date().toISOString(), ranker: ranker(settings), size }, ...others];
    remember("searches", JSON.stringify(entries.slice(0, MOST)));
}

export function forget() {
    remember("searches", "[]");
}
