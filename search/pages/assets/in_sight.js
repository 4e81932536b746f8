// What is drawn of a long schedule: the cycles in sight and as many beside them, and where that is too much,
// one cycle of 2, 4, 8, ...
const MOST_SLOTS = 24000, MOST_HELD = 12000;

// Rows of slots in the order of their cycles.
class InTime {
    constructor(rows, cycle, length) {
        this.begins = new Int32Array(length + 1);
        for (const row of rows) this.begins[cycle[row] + 1]++;
        for (let place = 0; place < length; place++) this.begins[place + 1] += this.begins[place];
        const next = this.begins.slice();
        this.rows = new Int32Array(rows.length);
        for (const row of rows) this.rows[next[cycle[row]]++] = row;
    }

    // The least stride at which the cycles from `first` to `end` have few slots enough.
    stride(first, end) {
        const count = this.begins[end] - this.begins[first];
        return 2 ** Math.max(0, Math.ceil(Math.log2(count / MOST_SLOTS)));
    }

    // The rows of one cycle of `stride`.
    of(first, end, stride) {
        if (stride === 1) return this.rows.subarray(this.begins[first], this.begins[end]);
        const found = [];
        for (let cycle = Math.ceil(first / stride) * stride; cycle < end; cycle += stride) {
            for (let place = this.begins[cycle]; place < this.begins[cycle + 1]; place++) found.push(this.rows[place]);
        }
        return Int32Array.from(found);
    }
}

// Buffers held in some of the cycles from `first` to `end`, as columns; with a stride, as they are in one cycle of so many.
const heldInSight = (held, first, end) => {
    const sampled = (stride) => {
        const found = {held: [], start: [], cycles: []};
        for (let row = 0; row < held.start.length; row++) {
            const begin = Math.ceil(held.start[row] / stride) * stride;
            const after = Math.ceil((held.start[row] + held.cycles[row]) / stride) * stride;
            if (begin < after && begin < end && after > first) {
                found.held.push(row);
                found.start.push(begin);
                found.cycles.push(after - begin);
            }
        }
        return found;
    };
    let stride = 1, found = sampled(stride);
    while (found.held.length > MOST_HELD && stride < end - first) found = sampled(stride *= 2);
    for (const column of ["address", "words", "colour"]) found[column] = found.held.map((row) => held[column][row]);
    return found;
};
