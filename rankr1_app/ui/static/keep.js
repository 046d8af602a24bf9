// What can be kept of a search that is over, and what can be asked of it.

import { button, h } from "./dom.js";
import { link } from "./route.js";
import { Share } from "./share.js";
import { base, kept } from "./source.js";
import { ended } from "./state.js";

/** @import { Actions } from "./types.d.ts" */

const FORMS = { run: "TREC run", json: "JSON", jsonl: "Recording (JSONL)", html: "Offline report (HTML)" };

export class Keep {
    /** @param {Actions} view */
    constructor(view) {
        this.view = view;
        this.share = new Share("plain", () => link("show", "of", "view"));
        this.node = h("section", { class: "keep", hidden: true, "aria-label": "Save and investigate" });
    }

    reset() {
        this.node.hidden = true;
        this.share.reset();
    }

    update() {
        const { state } = this.view;
        const ready = !kept && ended(state) && state.run !== "" && state.documents.size > 0;
        if (this.node.hidden !== ready) return;
        this.node.hidden = !ready;
        if (!ready) return;
        const links = Object.entries(FORMS).map(([form, text]) => {
            const href = `${base}api/recordings/${encodeURIComponent(state.run)}/download?form=${form}`;
            return h("a", { href, download: "" }, text);
        });
        this.node.replaceChildren(
            h("h2", {}, "Save and investigate"),
            h(
                "p",
                {},
                button("plain", "Where is the document I expected?", () => this.view.find()),
            ),
            h("p", { class: "downloads" }, "Download: ", ...links.flatMap((link, n) => [n ? " · " : "", link])),
            h("p", {}, this.share.node),
            h("p", { class: "quiet" }, "The link opens this search again, as it is."),
        );
    }
}
