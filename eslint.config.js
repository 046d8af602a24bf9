import js from "@eslint/js";
import globals from "globals";

export default [
    { ignores: ["node_modules/", ".venv/"] },
    js.configs.recommended,
    {
        languageOptions: { globals: globals.browser },
        linterOptions: { reportUnusedDisableDirectives: "error" },
        rules: {
            eqeqeq: ["error", "always", { null: "ignore" }],
            "no-implicit-globals": "error",
            "no-unused-expressions": ["error", { allowShortCircuit: true, allowTernary: true }],
            "no-var": "error",
            "object-shorthand": "error",
            "prefer-const": "error",
            // Text only ever becomes a text node.
            "no-restricted-properties": [
                "error",
                ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({ property })),
            ],
            "no-restricted-globals": ["error", "event", "name", "status", "length"],
            complexity: ["error", 16],
        },
    },
    { files: ["tests/**", "*.config.js"], languageOptions: { globals: globals.node } },
];
