// Building and moving nodes. Text only ever becomes a text node.

export function h(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
        else if (value === true) node.setAttribute(name, "");
        else if (value !== false && value != null) node.setAttribute(name, value);
    }
    node.append(...children.flat().filter((child) => child != null && child !== false));
    return node;
}

// The same for what is drawn.
export function drawn(tag, attributes = {}, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
        else if (value != null) node.setAttribute(name, value);
    }
    node.append(...children.flat());
    return node;
}

// Words for a screen reader where the eye sees a sign.
export function spoken(text) {
    return h("span", { class: "spoken" }, text);
}

export function say(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

export function mark(node, name, value) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

// Make `nodes` the children of `parent`, touching only what changed: what stays keeps its state.
export function sync(parent, nodes) {
    const focus = parent.getRootNode().activeElement;
    const kept = new Set(nodes);
    for (const child of [...parent.childNodes]) if (!kept.has(child)) child.remove();
    nodes.forEach((node, place) => {
        if (parent.childNodes[place] !== node) parent.insertBefore(node, parent.childNodes[place] || null);
    });
    // Moving a node takes its focus away.
    if (focus && parent.contains(focus) && parent.getRootNode().activeElement !== focus)
        focus.focus({ preventScroll: true });
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");

export function behaviour() {
    return calm.matches ? "auto" : "smooth";
}

// Draws the eye to a node.
export function flash(node) {
    if (!calm.matches)
        node?.animate([{ outline: "2px solid currentColor" }, { outline: "2px solid transparent" }], {
            duration: 1200,
        });
}

// Like `sync`; what was there glides to its new place, what is new fades in.
export function glide(parent, nodes) {
    if (nodes.length === parent.children.length && nodes.every((node, place) => parent.children[place] === node))
        return;
    const filled = parent.children.length > 0;
    const before = new Map([...parent.children].map((node) => [node, node.getBoundingClientRect().top]));
    sync(parent, nodes);
    if (calm.matches || !filled || document.hidden) return;
    const moves = nodes.map((node) => [
        node,
        before.has(node) ? before.get(node) - node.getBoundingClientRect().top : null,
    ]);
    for (const [node, moved] of moves) {
        if (moved === null) node.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 250 });
        else if (Math.abs(moved) > 1) {
            node.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }], {
                duration: 250,
                easing: "ease-out",
            });
        }
    }
}

export function remembered(key, otherwise) {
    try {
        return localStorage.getItem(`rank-r1-${key}`) ?? otherwise;
    } catch {
        return otherwise; // a private window keeps nothing
    }
}

export function remember(key, value) {
    try {
        localStorage.setItem(`rank-r1-${key}`, value);
    } catch {
        // a private window keeps nothing
    }
}
