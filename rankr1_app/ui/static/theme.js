// Light or dark: as Gradio's page around ours says, else as the system does.

const SHELL = "gradio-app, .gradio-container";

/**
 * Keep the class of `host` what the page around it is, until `signal`.
 * @param {Element} host
 * @param {AbortSignal} signal
 */
export function follow(host, signal) {
    const roots = [document.documentElement, document.body];
    const read = () => {
        const dark = roots.some((root) => root.classList.contains("dark"));
        host.classList.toggle("dark", dark);
        host.classList.toggle("light", !dark && document.querySelector(SHELL) !== null);
    };
    const observer = new MutationObserver(read);
    for (const root of roots) observer.observe(root, { attributes: true, attributeFilter: ["class"] });
    signal.addEventListener("abort", () => observer.disconnect());
    read();
}
