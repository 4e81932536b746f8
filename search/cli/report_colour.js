// Colour slots by the column chosen; equal values have equal colours, delays a scale from light to dark.
const columns = {"engine": "engine", "stream": "stream", "step": "step", "operation kind": "kind", "cycles delayed": "delay"};
const values = source.data[columns[cb_obj.value]];
const shade = (delay) => `hsl(10, 80%, ${Math.max(25, 88 - 12 * Math.log2(1 + delay))}%)`;
const plain = (value) => palette[((value % palette.length) + palette.length) % palette.length];
source.data.colour = Array.from(values, cb_obj.value === "cycles delayed" ? shade : plain);
source.change.emit();
