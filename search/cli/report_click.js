// Say what a slot waited for and what waited for it, and draw lines to them.
const data = source.data;
const row = source.selected.indices[0];
const lines = {x0: [], y0: [], x1: [], y1: []};
const link = (a, b) => {
    lines.x0.push(data.left[a]); lines.y0.push(data.y[a]); lines.x1.push(data.left[b]); lines.y1.push(data.y[b]);
};
const told = (other) => `${data.slot[other]} (${names[data.operation[other]]}), cycle ${data.left[other]}`;
const texts = [];
if (row !== undefined) {
    texts.push(`${told(row)}: ready in cycle ${data.left[row] - data.delay[row]}, delayed ${data.delay[row]} cycles`);
    const before = data.before[row];
    if (before >= 0) {
        texts.push(`waited for ${told(before)}`);
        link(before, row);
    }
    for (let other = 0; other < data.before.length; other++) {
        if (data.before[other] === row) {
            texts.push(`waited for by ${told(other)}, delayed ${data.delay[other]} more cycles`);
            link(row, other);
        }
    }
}
const element = document.createElement("span");
said.text = texts.map((text) => { element.textContent = text; return element.innerHTML; }).join("<br>");
arrows.data = lines;
