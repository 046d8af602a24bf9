// A dot that says how the parts are, in words on hover and for a screen reader.

import { h } from "./dom.js";
import { ask } from "./source.js";

const OFTEN = 3000;
const SELDOM = 30_000;

export class Health {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #next;

    /** @param {(engine: string) => void} told called with the engine's state whenever it was asked for */
    constructor(told) {
        this.told = told;
        this.node = h("span", { class: "health", tabindex: "0", role: "img", "aria-label": "Health: not known yet" });
    }

    /**
     * Ask how the parts are until all is well. Without a model the engine does not matter.
     * @param {boolean} modelled
     */
    async watch(modelled) {
        this.rest();
        let good = false;
        try {
            const { index, model, engine } = await ask("api/health");
            good = engine === "ready" || !modelled;
            const state = good ? "good" : engine.startsWith("lost") ? "bad" : "waiting";
            this.show(state, `Index ${index}. Model ${model}: ${engine}.`);
            this.told(engine);
        } catch {
            this.show("bad", "The server does not answer.");
        }
        this.rest();
        if (!good && this.node.isConnected) {
            this.#next = setTimeout(() => this.watch(modelled), document.hidden ? SELDOM : OFTEN);
        }
    }

    rest() {
        clearTimeout(this.#next);
    }

    /**
     * @param {string} state
     * @param {string} words
     */
    show(state, words) {
        this.node.dataset.state = state;
        this.node.setAttribute("aria-label", words);
        this.node.title = words;
    }
}
