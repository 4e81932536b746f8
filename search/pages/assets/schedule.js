// The schedule's page: colours, filter, clicks, keys; one or two panes with charts of the same names.
const given = JSON.parse(document.getElementById("data").textContent);
const WAITS = ["its result", "a word to overwrite", "order of memory or lanes"];
const field = (id) => document.getElementById(id);

class Pane {
    constructor(place, said, tables, section) {
        const charts = Bokeh.documents.find((each) => each.get_model_by_name(`slots${place}`));
        const source = (chart, name) => chart.renderers.find((each) => each.name === name).data_source;
        this.chart = charts.get_model_by_name(`slots${place}`);
        this.named = (name) => this.chart.renderers.find((each) => each.name === name);
        this.bars = this.named("bars");
        this.source = this.bars.data_source;
        this.map = source(charts.get_model_by_name(`scratch${place}`), "held");
        Object.assign(this, tables);
        this.given = said;
        this.numbered = new Set(said.numbered);
        this.section = section;
        this.text = section.querySelector(".said");
        this.drawn = section.querySelector(".drawn");
        this.legend = section.querySelector(".legend");
        this.hint = this.text.textContent;
        this.range = this.chart.x_range;
        this.rows = Int32Array.from(this.slots.cycle, (_, row) => row);
        this.everything = this.wanted = new InTime(this.rows, this.slots.cycle, said.length);
        this.range.change.connect(() => this.drawSoon());
        const selected = this.source.selected;
        selected.properties.indices.change.connect(() => {
            if (!this.marking) this.select(this.source.data.slot[selected.indices[0]]);
        });
        for (const row of section.querySelectorAll("tr[data-row]")) {
            const go = () => { this.select(Number(row.dataset.row)); this.show(Number(row.dataset.row)); };
            row.addEventListener("click", go);
            row.addEventListener("keydown", (event) => { if (event.key === "Enter") go(); });
        }
        const points = {x: said.chain.map((row) => this.middle(row).x), y: said.chain.map((row) => this.middle(row).y)};
        this.named("chain").data_source.data = points;
    }

    middle(row) {
        return {x: this.slots.cycle[row] + 0.5, y: this.slots.row[row] + 0.43};
    }

    // Draw what is in sight, once before the next picture, unless it is drawn.
    drawSoon() {
        if (this.isWaiting || !this.loaded) return;
        this.isWaiting = true;
        requestAnimationFrame(() => {
            this.isWaiting = false;
            const {start, end} = this.range, span = this.span(), loaded = this.loaded;
            const isThere = loaded.first <= Math.max(0, start) && loaded.end >= Math.min(this.given.length, end);
            const isRight = this.wanted.stride(span.first, span.end) === loaded.stride && loaded.end - loaded.first <= 8 * (end - start);
            if (!isThere || !isRight) this.draw();
        });
    }

    // The cycles in sight, and half as many on each side.
    span() {
        const {start, end} = this.range, more = (end - start) / 2;
        return {first: Math.max(0, Math.floor(start - more)), end: Math.min(this.given.length, Math.ceil(end + more))};
    }

    draw() {
        const {first, end} = this.span(), stride = this.wanted.stride(first, end);
        this.loaded = {first, end, stride};
        const rows = Array.from(this.wanted.of(first, end, stride)), by = this.by;
        if (this.row !== undefined && !rows.includes(this.row)) rows.push(this.row);
        this.mark(() => {
            this.source.data = {...this.blocks(rows, stride), [by]: rows.map((row) => this.slots[by][row])};
            return rows.indexOf(this.row);
        });
        const background = this.named("background");
        if (background.visible) {
            const all = this.everything.stride(first, end);
            background.data_source.data = this.blocks(Array.from(this.everything.of(first, end, all)), all);
        }
        this.map.data = heldInSight(this.held, first, end);
        this.drawn.textContent = stride > 1 ? `One cycle of ${stride} is drawn: zoom in to see all.` : "";
    }

    blocks(rows, stride) {
        return {slot: rows, cycle: rows.map((row) => this.slots.cycle[row]), row: rows.map((row) => this.slots.row[row]), width: rows.map(() => stride)};
    }

    // Select the block whose place `act` gives, none if it is below 0, without saying that it is.
    mark(act) {
        this.marking = true;
        const place = act();
        this.source.selected.indices = place < 0 ? [] : [place];
        this.marking = false;
    }

    colour(by) {
        const {names, palette, amount} = this.given.colourings[by], values = this.slots[by];
        let least = 0, most = 1;
        for (const value of values) { least = Math.min(least, value); most = Math.max(most, value); }
        const colours = amount ? palette : Array.from({length: most - least + 1}, (_, n) => palette[n % palette.length]);
        const kind = Bokeh.Models.get(amount ? "LogColorMapper" : "LinearColorMapper");
        const mapper = new kind({palette: colours, low: amount ? 1 : least, high: most, low_color: colours[0]});
        this.by = by;
        this.draw();
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
        const wanted = text.toLowerCase(), has = new Map();
        const matches = (row) => {
            const operation = this.slots.operation[row];
            if (!has.has(operation)) has.set(operation, `${this.operation(row)}\n${this.line(row)}`.toLowerCase().includes(wanted));
            return has.get(operation);
        };
        this.wanted = text ? new InTime(this.rows.filter(matches), this.slots.cycle, this.given.length) : this.everything;
        this.named("background").visible = Boolean(text);
        this.draw();
        return this.wanted.rows.length;
    }

    // The names that `operation_text.py` gives.
    buffer(number) {
        const name = this.buffers.name[number];
        return this.given.buffers[name] + (this.numbered.has(name) ? `.${number}` : "");
    }

    word(number) {
        const {first} = this.buffers;
        let low = 0, high = first.length;  // the last buffer that begins at the word or before is between them
        while (high - low > 1) {
            const middle = (low + high) >> 1;
            if (first[middle] <= number) low = middle; else high = middle;
        }
        return this.buffer(low) + (number > first[low] ? `[${number - first[low]}]` : "");
    }

    operation(row) {
        const target = this.slots.target[row], kind = this.given.kinds[this.slots.kind[row]];
        return target < 0 ? kind : `${kind} -> ${this.buffer(target)}`;
    }

    line(row) {
        return this.given.lines[this.slots.line[row]];
    }

    slot(row) {
        const [opcode, areWords] = this.given.opcodes[this.slots.opcode[row]];
        const operands = areWords.map((isWord, place) => {
            const value = this.slots[`operand${place}`][row];
            return isWord ? this.word(value) : this.given.constants[value];
        });
        return `${opcode} ${operands.join(", ")}`.trimEnd();
    }

    // What is said of a slot, or of a buffer that is held, that is pointed at.
    tip(about, row) {
        const {cycle, latency, delay, slack, stream, step} = this.slots, held = this.held;
        return {
            operation: () => this.operation(row),
            slot: () => this.slot(row),
            line: () => this.line(row),
            cycle: () => `${cycle[row]}, lands in ${cycle[row] + latency[row]}`,
            delayed: () => `${delay[row]} cycles, slack ${slack[row]}`,
            "stream, step": () => `${stream[row]}, ${step[row]}`,
            buffer: () => this.buffer(held.buffer[row]),
            held: () => `${held.cycles[row]} cycles from ${held.start[row]}`,
            words: () => `${held.words[row]} from ${held.address[row]}`,
        }[about]();
    }

    select(row) {
        this.row = row;
        if (row !== undefined && !this.source.data.slot.includes(row)) this.draw();
        else this.mark(() => this.source.data.slot.indexOf(row));
        this.tell(row);
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
        const line = this.line(row);
        return `${this.slot(row)}${line ? ` (${line})` : ""}`;
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
            const place = (end, axis) => pairs.map((pair) => this.middle(pair[end])[axis]);
            this.named(name).data_source.data = {x0: place(0, "x"), y0: place(0, "y"), x1: place(1, "x"), y1: place(1, "y")};
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
        const {row} = this;
        const next = row === undefined ? undefined : this.neighbours(row)[side][0];
        if (next !== undefined) { this.select(next.row); this.show(next.row); }
    }
}

const begin = async () => {
    const sections = document.querySelectorAll("[data-pane]"), tables = await Promise.all(given.panes.map(unpackTables));
    const panes = given.panes.map((said, place) => new Pane(place, said, tables[place], sections[place]));
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
