// Tables of integers that `packed_columns.py` has packed: of each column the differences, their first bytes first.
const unpackTables = async ({layout, packed}) => {
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const planes = new Uint8Array(await new Response(unpacked).arrayBuffer());
    const tables = {};
    let at = 0;
    for (const [name, length, columns] of layout) {
        tables[name] = {};
        for (const column of columns) {
            const values = new Int32Array(length);
            for (let row = 0, last = 0; row < length; row++, at++) {
                const step = planes[at] | planes[at + length] << 8 | planes[at + 2 * length] << 16 | planes[at + 3 * length] << 24;
                last = values[row] = (last + step) | 0;
            }
            at += 3 * length;
            tables[name][column] = values;
        }
    }
    return tables;
};
