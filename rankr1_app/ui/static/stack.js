// Nodes below each other, placed by what they measure: one that moves glides, and nothing else of the page is laid out.

import { h, sync } from "./dom.js";

const GAP = 8;

export class Stack {
    /** @type {Map<Element, number>} */
    heights = new Map();
    /** @type {Map<Element, number>} */
    tops = new Map();
    /** @type {Element | undefined} What stays where it is, whatever moves around it. */
    still = undefined;

    constructor() {
        this.node = h("ol", { class: "list" });
        this.sizes = new ResizeObserver((entries) => {
            for (const { target, borderBoxSize } of entries) this.heights.set(target, borderBoxSize[0].blockSize);
            this.place();
        });
    }

    reset() {
        this.still = undefined;
        this.show([]);
    }

    /** @param {HTMLElement[]} nodes */
    show(nodes) {
        const before = new Set(this.node.children);
        sync(this.node, nodes);
        const added = nodes.filter((node) => !before.delete(node));
        for (const node of added) {
            // Where it stands before it has its place is not seen, and no shift of the page.
            node.style.opacity = "0";
            this.sizes.observe(node);
        }
        for (const node of before) {
            this.sizes.unobserve(node);
            this.heights.delete(node);
            this.tops.delete(node);
        }
        // The first are measured at once, so that what stands below them is not pushed away. Later ones are measured once
        // they are laid out, before they are painted: to ask for it now would force a layout.
        const first = !this.tops.size;
        if (first) this.measure(added);
        if (!added.length || (first && this.heights.size)) this.place();
    }

    /** @param {HTMLElement[]} nodes */
    measure(nodes) {
        for (const node of nodes) {
            const { height } = node.getBoundingClientRect();
            if (height) this.heights.set(node, height);
        }
    }

    place() {
        const room = this.room();
        let at = room;
        for (const node of /** @type {Iterable<HTMLElement>} */ (this.node.children)) {
            const height = this.heights.get(node) ?? 0;
            if (this.heights.has(node)) node.style.opacity = "";
            const before = this.tops.get(node);
            node.style.transition = before === undefined ? "none" : "";
            // What moves passes behind it: the pointer stays on what it points at.
            node.style.zIndex = node === this.still ? "1" : "";
            if (before !== at) node.style.transform = `translateY(${at}px)`;
            this.tops.set(node, at);
            at += height + GAP;
        }
        this.node.style.height = `${Math.max(0, at - GAP)}px`;
    }

    // What has to be left free above so that what stays still does; where it would be less than nothing, it is scrolled.
    room() {
        const before = this.still && this.tops.get(this.still);
        if (before === undefined) return 0;
        let above = 0;
        for (const node of this.node.children) {
            if (node === this.still) break;
            above += (this.heights.get(node) ?? 0) + GAP;
        }
        if (above > before) window.scrollBy({ top: above - before, behavior: "instant" });
        return Math.max(0, before - above);
    }
}
