// The schedule's page: colours, filter, clicks, keys; one or two panes with charts of the same names.
const given = JSON.parse(document.getElementById("data").textContent);
const WAITS = ["its result", "a word to overwrite", "order of memory or lanes"];
const field = (id) => document.getElementById(id);

class Pane {
    constructor(place, said, section) {
        const charts = Bokeh.documents.find((each) => each.get_model_by_name(`slots${place}`));
        this.chart = charts.get_model_by_name(`slots${place}`);
        this.named = (name) => this.chart.renderers.find((each) => each.name === name);
        this.bars = this.named("bars");
        this.source = this.bars.data_source;
        this.slots = this.source.data;
        this.given = said;
        this.section = section;
        this.text = section.querySelector(".said");
        this.legend = section.querySelector(".legend");
        this.hint = this.text.textContent;
        const [waits] = this.chart.tags;
        this.waits = waits.data;
        this.range = this.chart.x_range;
        const selected = this.source.selected;
        selected.properties.indices.change.connect(() => this.tell(selected.indices[0]));
        for (const row of section.querySelectorAll("tr[data-row]")) {
            const go = () => { this.select(Number(row.dataset.row)); this.show(Number(row.dataset.row)); };
            row.addEventListener("click", go);
            row.addEventListener("keydown", (event) => { if (event.key === "Enter") go(); });
        }
    }

    colour(by) {
        const {names, palette, amount} = this.given.colourings[by], values = this.slots[by];
        let least = 0, most = 1;
        for (const value of values) { least = Math.min(least, value); most = Math.max(most, value); }
        const colours = amount ? palette : Array.from({length: most - least + 1}, (_, n) => palette[n % palette.length]);
        const kind = Bokeh.Models.get(amount ? "LogColorMapper" : "LinearColorMapper");
        const mapper = new kind({palette: colours, low: amount ? 1 : least, high: most, low_color: colours[0]});
        for (const glyph of [this.bars.glyph, this.bars.selection_glyph, this.bars.nonselection_glyph]) {
            glyph.fill_color = {field: by, transform: mapper};
        }
        const marks = amount
            ? [0, 1, 4, 16, 64, 256].filter((n) => n <= most).map((n) => [mapper.v_compute([n])[0], `${n} ${amount}`])
            : (names ?? []).map((name, n) => [palette[n % palette.length], name]);
        if (!marks.length) marks.push([palette[0], `${by} ${least}, and so on to ${most}; colours come again`]);
        this.legend.replaceChildren(...marks.map(([colour, name]) => {
            const mark = document.createElement("span"), swatch = document.createElement("i");
            const number = typeof colour === "number" ? "#" + (colour >>> 8).toString(16).padStart(6, "0") : colour;
            swatch.style.background = number;
            mark.append(swatch, name);
            return mark;
        }));
    }

    // Show only the slots whose operation or line has the text in it; how many these are.
    filter(text) {
        const wanted = text.toLowerCase(), has = (each) => each.toLowerCase().includes(wanted);
        const operations = this.given.operations.map(has), lines = this.given.lines.map(has);
        const shown = Array.from(this.slots.operation, (n, row) => operations[n] || lines[this.slots.line[row]]);
        const all = Bokeh.Models.get("AllIndices"), some = Bokeh.Models.get("BooleanFilter");
        this.named("background").visible = Boolean(text);
        this.bars.view.filter = text ? new some({booleans: shown}) : new all();
        return shown.filter(Boolean).length;
    }

    select(row) {
        this.source.selected.indices = row === undefined ? [] : [row];
    }

    // Move the cycles so that the slot is in sight.
    show(row) {
        const cycle = this.slots.cycle[row], {start, end} = this.range;
        if (cycle < start || cycle >= end) this.move((cycle - (start + end) / 2) / (end - start));
    }

    neighbours(row) {
        const {earlier, later, distance, kind} = this.waits, found = {before: [], after: []};
        for (let pair = 0; pair < later.length; pair++) {
            const spare = this.slots.cycle[later[pair]] - this.slots.cycle[earlier[pair]] - distance[pair];
            const wait = {distance: distance[pair], why: WAITS[kind[pair]], spare};
            if (later[pair] === row) found.before.push({row: earlier[pair], ...wait});
            if (earlier[pair] === row) found.after.push({row: later[pair], ...wait});
        }
        for (const each of Object.values(found)) each.sort((a, b) => a.spare - b.spare);
        return found;
    }

    name(row) {
        const line = this.given.lines[this.slots.line[row]];
        return `${this.slots.slot[row]}${line ? ` (${line})` : ""}`;
    }

    // Say what a slot waited for and what waited for it, and draw lines to them.
    tell(row) {
        const links = {earlier: [], later: []};
        this.text.replaceChildren(this.hint);
        if (row !== undefined) {
            const {before, after} = this.neighbours(row), cycle = this.slots.cycle[row], delay = this.slots.delay[row];
            const head = document.createElement("strong");
            head.textContent = this.name(row);
            const when = `: cycle ${cycle}, ready in cycle ${cycle - delay}, delayed ${delay}, slack ${this.slots.slack[row]}`;
            this.text.replaceChildren(head, when, this.list("waited for", before), this.list("waited for by", after));
            links.earlier = before.map((each) => [each.row, row]);
            links.later = after.map((each) => [row, each.row]);
        }
        for (const [name, pairs] of Object.entries(links)) {
            const place = (end, column, more) => pairs.map((pair) => this.slots[column][pair[end]] + more);
            this.named(name).data_source.data = {
                x0: place(0, "cycle", 0.5), y0: place(0, "row", 0.43), x1: place(1, "cycle", 0.5), y1: place(1, "row", 0.43),
            };
        }
    }

    list(title, waits) {
        const whole = document.createElement("div"), items = document.createElement("ul");
        whole.append(`${title} ${waits.length ? "(cycles apart)" : "nothing"}`, items);
        for (const {row, distance, why, spare} of waits) {
            const item = document.createElement("li"), go = document.createElement("a");
            go.href = "#";
            go.textContent = this.name(row);
            go.addEventListener("click", (event) => { event.preventDefault(); this.select(row); this.show(row); });
            item.append(go, ` in cycle ${this.slots.cycle[row]}, for ${why}: ${distance} at least, and ${spare} to spare`);
            items.append(item);
        }
        return whole;
    }

    // By a share of what is in sight, to the right.
    move(share) {
        const {start, end} = this.range, width = end - start;
        const first = Math.max(0, Math.min(this.given.length - width, start + share * width));
        this.range.setv({start: first, end: first + width});
    }

    zoom(factor) {
        const {start, end} = this.range, middle = (start + end) / 2;
        const width = Math.max(8, Math.min(this.given.length, (end - start) * factor));
        const first = Math.max(0, Math.min(this.given.length - width, middle - width / 2));
        this.range.setv({start: first, end: first + width});
    }

    // The nearest of those that the selected slot waited for, or that waited for it.
    step(side) {
        const row = this.source.selected.indices[0];
        const next = row === undefined ? undefined : this.neighbours(row)[side][0];
        if (next !== undefined) { this.select(next.row); this.show(next.row); }
    }
}

const begin = () => {
    const sections = document.querySelectorAll("[data-pane]");
    const panes = given.panes.map((said, place) => new Pane(place, said, sections[place]));
    window.panes = panes;
    const everywhere = (act) => panes.forEach(act);
    const colour = () => everywhere((pane) => pane.colour(field("colour").value));
    const filter = () => {
        const text = field("filter").value.trim(), counts = panes.map((pane) => pane.filter(text));
        field("matches").textContent = text ? `${counts.join(" and ")} slots` : "";
    };
    const chain = () => everywhere((pane) => { pane.named("chain").visible = field("chain").checked; });
    field("colour").addEventListener("change", colour);
    field("filter").addEventListener("input", filter);
    field("chain").addEventListener("change", chain);
    const linked = () => Boolean(field("link")?.checked);
    let following = false;  // a range that was set to follow sets nobody
    const follow = (from, to) => from.range.change.connect(() => {
        if (following || !linked()) return;
        following = true;
        const end = Math.min(from.range.end, to.given.length);
        to.range.setv({start: Math.max(0, Math.min(from.range.start, end - 8)), end});
        following = false;
    });
    const moving = (act) => (linked() ? act(panes[0]) : everywhere(act));
    if (panes.length > 1) { follow(panes[0], panes[1]); follow(panes[1], panes[0]); }
    const keys = {
        ArrowLeft: () => moving((pane) => pane.move(-0.25)),
        ArrowRight: () => moving((pane) => pane.move(0.25)),
        "+": () => moving((pane) => pane.zoom(0.5)),
        "=": () => moving((pane) => pane.zoom(0.5)),
        "-": () => moving((pane) => pane.zoom(2)),
        0: () => everywhere((pane) => pane.zoom(Infinity)),
        b: () => everywhere((pane) => pane.step("before")),
        n: () => everywhere((pane) => pane.step("after")),
        c: () => { field("chain").checked = !field("chain").checked; chain(); },
        d: switchTheme,
        "/": () => field("filter").focus(),
        Escape: () => { everywhere((pane) => pane.select(undefined)); document.activeElement.blur(); },
    };
    document.addEventListener("keydown", (event) => {
        const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.key !== "Escape";
        const act = event.ctrlKey || event.metaKey || event.altKey || typing ? undefined : keys[event.key];
        if (act) { act(); event.preventDefault(); }
    });
    colour();
    filter();
    chain();
};
whenDrawn(begin);
