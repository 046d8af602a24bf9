import assert from "node:assert/strict";
import { test } from "node:test";

import { rbo, spread, tau } from "../../rankr1_app/ui/static/agreement.js";

const near = (found, wanted) => assert.ok(Math.abs(found - wanted) < 1e-9, `${found} is not ${wanted}`);
const list = (text) => text.split("");

test("tau is 1 for the same order, -1 for the opposite, over what both have", () => {
    assert.deepEqual(tau(list("abcd"), list("abcd")), { value: 1, shared: 4 });
    assert.deepEqual(tau(list("abcd"), list("dcba")), { value: -1, shared: 4 });
    assert.deepEqual(tau(list("abcx"), list("yacb")), { value: 1 / 3, shared: 3 });
    assert.deepEqual(tau(list("ab"), list("bc")), { value: null, shared: 1 });
    assert.deepEqual(tau([], []), { value: null, shared: 0 });
});

test("rbo is 1 for the same list, 0 for lists with nothing in common, null where one is empty", () => {
    near(rbo(list("abcde"), list("abcde")), 1);
    near(rbo(list("abc"), list("xyz")), 0);
    near(rbo(list("ab"), list("abcdef")), 1);
    assert.equal(rbo([], list("abc")), null);
});

test("rbo is as Webber et al. have it, worked out by hand", () => {
    // Equation 30: X = 0, 2 at p = 0.5, so 0/1·0.5 + 2/2·0.25, times 1, plus 2/2·0.25.
    near(rbo(list("ab"), list("ba"), 0.5), 0.25 + 0.25);
    // Equation 32 with s = 1, l = 2: X = 1, 1; ((1/1)·0.5 + (1/2)·0.25 + 1·(2-1)/(1·2)·0.25) + ((1-1)/2 + 1/1)·0.25.
    near(rbo(list("a"), list("ab"), 0.5), 0.5 + 0.125 + 0.125 + 0.25);
    // s = 2, l = 3: X = 0, 1, 2; (0 + 1/2·0.25 + 2/3·0.125 + 1·1/(2·3)·0.125) + ((2-1)/3 + 1/2)·0.125.
    near(rbo(list("xa"), list("abx"), 0.5), 0.125 + 2 / 24 + 1 / 48 + (1 / 3 + 1 / 2) / 8);
});

test("rbo and tau are the same either way round, and never out of range", () => {
    let seed = 929;
    const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
    const some = () =>
        list("abcdefghijkl")
            .filter(() => random(3))
            .sort(() => random(3) - 1);
    for (let n = 0; n < 2000; n++) {
        const [one, other] = [some(), some()];
        const [there, back] = [rbo(one, other), rbo(other, one)];
        if (there === null) continue;
        near(there, back);
        assert.ok(there >= -1e-9 && there <= 1 + 1e-9, `${one} ${other}: ${there}`);
        assert.deepEqual(tau(one, other), tau(other, one));
        if (!one.some((id) => other.includes(id))) near(there, 0);
    }
});

test("a document moves as far as its places are apart", () => {
    assert.equal(spread([3, 1, 7]), 6);
    assert.equal(spread([2, 2]), 0);
});
