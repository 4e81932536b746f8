// Light or dark as the system has it, until the reader chooses; charts take the colours of the page.
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const remembered = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
const paintCharts = () => {
    const style = getComputedStyle(root), colour = (name) => style.getPropertyValue(name).trim();
    const ink = colour("--ink"), line = colour("--line"), paper = colour("--paper");
    const looks = {
        Figure: {background_fill_color: paper, border_fill_color: paper, outline_line_color: line},
        Axis: {axis_line_color: line, major_tick_line_color: line, minor_tick_line_color: null,
               major_label_text_color: ink, axis_label_text_color: ink},
        Grid: {grid_line_color: line, grid_line_alpha: 0.5},
        Title: {text_color: ink},
        Legend: {background_fill_color: paper, border_line_color: null, label_text_color: ink},
    };
    for (const shown of window.Bokeh?.documents ?? []) {
        for (const model of shown.all_models) {
            const kind = Object.keys(looks).find((name) => model.type === name || (name === "Axis" && model.type.endsWith("Axis")));
            if (kind) model.setv(looks[kind]);
            if (model.type === "GlyphRenderer" && model.name === "bars") model.selection_glyph.line_color = ink;
            if (model.type === "GlyphRenderer" && model.name === "values") model.glyph.text_color = ink;
        }
    }
};
const applyTheme = () => {
    root.dataset.theme = remembered() ?? (system.matches ? "dark" : "light");
    paintCharts();
};
const switchTheme = () => {
    const next = root.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", next); } catch { /* kept for this view alone */ }
    root.dataset.theme = next;
    paintCharts();
};
applyTheme();
system.addEventListener("change", applyTheme);
document.addEventListener("DOMContentLoaded", () => document.getElementById("theme").addEventListener("click", switchTheme));
