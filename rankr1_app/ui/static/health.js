// How the parts are: a dot with a word, and the whole of it on hover.

import { h, mark, say } from "./dom.js";
import { ask } from "./source.js";

const OFTEN = 3000;
const SELDOM = 30_000;

export class Health {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #next;

    /** @param {(engine: string) => void} told called with the engine's state whenever it was asked for */
    constructor(told) {
        this.told = told;
        this.word = h("span");
        this.whole = h("span", { class: "spoken" });
        this.node = h("p", { class: "health" }, this.word, this.whole);
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
            this.show(
                state,
                modelled ? engine.split(/[:,.]/)[0] : "ready",
                `Index ${index}, model ${model}: ${engine}.`,
            );
            this.told(engine);
        } catch {
            this.show("bad", "no contact", "The server does not answer.");
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
     * @param {string} word
     * @param {string} whole
     */
    show(state, word, whole) {
        this.node.dataset.state = state;
        say(this.word, word);
        say(this.whole, `. ${whole}`);
        mark(this.node, "title", whole);
    }
}
