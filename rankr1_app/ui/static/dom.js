// Building and moving nodes. Text only ever becomes a text node.

/** @import { Attributes, Child } from "./types.d.ts" */

/**
 * @param {Element} node
 * @param {Attributes} attributes
 */
function dress(node, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
        if (typeof value === "function") node.addEventListener(name.slice(2), value);
        else if (value === true) node.setAttribute(name, "");
        else if (value !== false && value != null) node.setAttribute(name, String(value));
    }
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    dress(node, attributes);
    node.append(...present(children.flat()));
    return node;
}

/**
 * The same for what is drawn.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function drawn(tag, attributes = {}, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    dress(node, attributes);
    node.append(...present(children.flat()));
    return node;
}

/**
 * A button: `look` is `link` or `plain`.
 * @param {string} look
 * @param {Child | Child[]} content
 * @param {(event: any) => unknown} onclick
 * @param {Attributes} [attributes]
 */
export function button(look, content, onclick, attributes = {}) {
    return h("button", { class: look, type: "button", onclick, ...attributes }, content);
}

/**
 * Without what is not there.
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
export function present(children) {
    return children.filter((child) => child instanceof Node || typeof child === "string");
}

let made = 0;

/**
 * An id that no other node has, so that the same part can stand on a page more than once.
 * @param {string} name
 */
export function unique(name) {
    return `${name}-${++made}`;
}

/**
 * Words for a screen reader where the eye sees a sign.
 * @param {string} text
 */
export function spoken(text) {
    return h("span", { class: "spoken" }, text);
}

/**
 * @param {Element} node
 * @param {string} text
 */
export function say(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

/**
 * @param {Element} node
 * @param {string} name
 * @param {string} value
 */
export function mark(node, name, value) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/**
 * What has the focus in the tree that `node` is part of.
 * @param {Node} node
 * @returns {HTMLElement | null}
 */
export function focused(node) {
    const active = /** @type {Document | ShadowRoot} */ (node.getRootNode()).activeElement;
    return active instanceof HTMLElement ? active : null;
}

/**
 * Make `nodes` the children of `parent`, touching only what changed: what stays keeps its state.
 * @param {Element} parent
 * @param {Element[]} nodes
 */
export function sync(parent, nodes) {
    const focus = parent.isConnected ? focused(parent) : null;
    const staying = new Set(/** @type {Node[]} */ (nodes));
    for (const child of [...parent.childNodes]) if (!staying.has(child)) child.remove();
    nodes.forEach((node, place) => {
        if (parent.childNodes[place] !== node) parent.insertBefore(node, parent.childNodes[place] || null);
    });
    // Moving a node takes its focus away.
    if (focus && parent.contains(focus) && focused(parent) !== focus) focus.focus({ preventScroll: true });
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** @returns {ScrollBehavior} */
export function behaviour() {
    return calm.matches ? "auto" : "smooth";
}

/**
 * Draw the eye to a node.
 * @param {Element | null} node
 */
export function flash(node) {
    if (calm.matches) return;
    node?.animate([{ outline: "2px solid currentColor" }, { outline: "2px solid transparent" }], { duration: 1200 });
}

/**
 * @param {string} key
 * @param {string} otherwise
 */
export function remembered(key, otherwise) {
    try {
        return localStorage.getItem(`rank-r1-${key}`) ?? otherwise;
    } catch {
        return otherwise; // a private window keeps nothing
    }
}

/**
 * @param {string} key
 * @param {string} value
 */
export function remember(key, value) {
    try {
        localStorage.setItem(`rank-r1-${key}`, value);
    } catch {
        // a private window keeps nothing
    }
}
