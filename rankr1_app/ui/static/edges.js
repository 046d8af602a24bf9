// A box that scrolls, and on which sides of it more follows.

import { mark } from "./dom.js";

/** Up to here more follows that can be seen by scrolling. */
const NEAR = 4;

/**
 * Say on `frame` where more follows in `box`.
 * @param {Element} box
 * @param {Element} frame
 */
export function edges(box, frame) {
    const { scrollLeft, scrollTop, scrollWidth, scrollHeight, clientWidth, clientHeight } = box;
    const more = [
        scrollLeft > NEAR && "left",
        scrollLeft + clientWidth < scrollWidth - NEAR && "right",
        scrollTop + clientHeight < scrollHeight - NEAR && "below",
    ];
    mark(frame, "data-more", more.filter(Boolean).join(" "));
}
