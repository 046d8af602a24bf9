// How much two rankings agree. Pure functions of lists of ids, best first.

/** How much less each rank weighs than the one above it. */
export const PERSISTENCE = 0.9;

/**
 * The documents that both rankings have, and Kendall's tau over these: 1 where all stand in the same order, -1 where all
 * are turned round; null where fewer than two are shared.
 * @param {string[]} first
 * @param {string[]} second
 * @returns {{ value: number | null, shared: number }}
 */
export function tau(first, second) {
    const places = new Map(second.map((id, place) => [id, place]));
    const shared = first.map((id) => places.get(id)).filter((place) => place !== undefined);
    const pairs = (shared.length * (shared.length - 1)) / 2;
    let sum = 0;
    for (let low = 1; low < shared.length; low++) {
        for (let high = 0; high < low; high++) sum += Math.sign(shared[low] - shared[high]);
    }
    return { value: pairs ? sum / pairs : null, shared: shared.length };
}

/**
 * Rank-biased overlap, extrapolated from what is known of both rankings (Webber, Moffat and Zobel, TOIS 2010, equation
 * 32; 30 where both are of one length): 1 for the same list, 0 for lists with no document in common. With `s` and `l`
 * the lengths of the shorter and the longer list and `X(d)` the documents that both have down to rank `d`:
 *
 *     (1-p)/p · (Σ d=1…l X(d)/d · p^d + Σ d=s+1…l X(s)(d-s)/(s·d) · p^d) + ((X(l)-X(s))/l + X(s)/s) · p^l
 *
 * Null where one of them is empty.
 * @param {string[]} first
 * @param {string[]} second
 */
export function rbo(first, second, p = PERSISTENCE) {
    const [short, long] = first.length < second.length ? [first, second] : [second, first];
    const [s, l] = [short.length, long.length];
    if (!s) return null;
    const [above, below] = [new Set(), new Set()];
    const overlap = [0];
    for (let d = 1; d <= l; d++) {
        const [one, other] = [short[d - 1], long[d - 1]];
        if (one !== undefined) above.add(one);
        below.add(other);
        const added = one === other ? 1 : Number(one !== undefined && below.has(one)) + Number(above.has(other));
        overlap.push(overlap[d - 1] + added);
    }
    let sum = 0;
    for (let d = 1; d <= l; d++) {
        const beyond = d > s ? (overlap[s] * (d - s)) / (s * d) : 0;
        sum += (overlap[d] / d + beyond) * p ** d;
    }
    return ((1 - p) / p) * sum + ((overlap[l] - overlap[s]) / l + overlap[s] / s) * p ** l;
}

/**
 * How far a document is from standing at one place in all rankings: its lowest place less its highest.
 * @param {number[]} places
 */
export function spread(places) {
    return Math.max(...places) - Math.min(...places);
}
