// What the drawn sort measures: how wide a round can be, what has room in a box, and how lines go from box to box.

/** How wide a round may be. There are few widths, so that a sort that grows is seldom drawn anew. */
const WIDTHS = [184, 148, 120, 96, 76, 60, 48, 38, 28, 24];
/** From how wide on a box has room for its number, its rank, the name of its winner, and that in one line. */
const [NUMBERED, RANKED, NAMED, ROOMY] = [24, 46, 72, 128];

/** @typedef {ReturnType<typeof measures>} Measures */

/**
 * What a box measures in a round of this width.
 * @param {number} unit
 */
export function measures(unit) {
    const width = unit - Math.round(Math.min(40, Math.max(6, unit * 0.22)));
    const numbered = width >= NUMBERED;
    const ranked = width >= RANKED;
    const named = width >= NAMED;
    const head = !numbered ? 4 : !named ? 20 : width < ROOMY ? 56 : 40;
    return { unit, width, numbered, ranked, named, head, slot: numbered ? 7 : 6 };
}

/**
 * How wide a round may be so that `rounds` of them have room.
 * @param {number} rounds
 * @param {number} room
 */
export function fitting(rounds, room) {
    return WIDTHS.find((width) => width * rounds <= room) ?? WIDTHS[WIDTHS.length - 1];
}

/**
 * The next width, wider or narrower.
 * @param {number} unit
 * @param {number} by
 */
export function zoomed(unit, by) {
    const at = WIDTHS.indexOf(unit) - by;
    return WIDTHS[Math.min(WIDTHS.length - 1, Math.max(0, at))];
}

/** @typedef {[left: number, y: number, right: number]} Stop */

/**
 * The line from stop to stop, straight through each.
 * @param {Stop[]} stops
 */
export function line(stops) {
    return stops.map(([left, y, right], at) => curve(stops[at - 1], left, y) + `H${right}`).join("");
}

/**
 * @param {Stop | undefined} before
 * @param {number} left
 * @param {number} y
 */
function curve(before, left, y) {
    if (!before) return `M${left} ${y}`;
    const [, height, right] = before;
    const bend = Math.max(8, (left - right) / 2);
    return `C${right + bend} ${height} ${left - bend} ${y} ${left} ${y}`;
}
