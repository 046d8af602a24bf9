// Building nodes. Text only ever becomes a text node.

export function h(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
        else if (value === true) node.setAttribute(name, "");
        else if (value !== false && value != null) node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child != null));
    return node;
}

export function say(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

export function plural(count, one, many = `${one}s`) {
    return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

const still = matchMedia("(prefers-reduced-motion: reduce)");

// Put `nodes` under `parent` in this order; those that were there glide to their new places.
export function arrange(parent, nodes) {
    if (nodes.every((node, place) => parent.children[place] === node) && parent.children.length === nodes.length) return;
    const focus = parent.getRootNode().activeElement;
    const before = new Map([...parent.children].map((node) => [node, node.getBoundingClientRect().top]));
    nodes.forEach((node, place) => {
        if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] || null);
    });
    while (parent.children.length > nodes.length) parent.lastChild.remove();
    if (focus && parent.contains(focus)) focus.focus({ preventScroll: true });
    if (still.matches) return;
    for (const node of nodes) {
        const moved = before.has(node) ? before.get(node) - node.getBoundingClientRect().top : 0;
        if (Math.abs(moved) > 1) {
            node.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }], { duration: 250, easing: "ease-out" });
        }
    }
}
