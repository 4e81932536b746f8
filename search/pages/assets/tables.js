// Tables marked data-sortable are sorted by a click on a heading; those with data-search by an input of that id.
for (const table of document.querySelectorAll("table[data-sortable]")) {
    const body = table.tBodies[0], headings = [...table.tHead.rows[0].cells];
    const value = (row, place) => row.cells[place].dataset.value ?? row.cells[place].textContent;
    const order = (a, b) => (isNaN(parseFloat(a)) || isNaN(parseFloat(b)) ? a.localeCompare(b) : parseFloat(a) - parseFloat(b));
    const sortBy = (heading, place) => {
        const sign = heading.ariaSort === "ascending" ? -1 : 1;
        headings.forEach((each) => { each.ariaSort = "none"; });
        heading.ariaSort = sign > 0 ? "ascending" : "descending";
        body.append(...[...body.rows].sort((a, b) => sign * order(value(a, place), value(b, place))));
    };
    headings.forEach((heading, place) => {
        heading.ariaSort = "none";
        heading.tabIndex = 0;
        heading.addEventListener("click", () => sortBy(heading, place));
        heading.addEventListener("keydown", (event) => { if (event.key === "Enter") sortBy(heading, place); });
    });
}
for (const table of document.querySelectorAll("table[data-search]")) {
    const input = document.getElementById(table.dataset.search);
    const search = () => {
        const words = input.value.toLowerCase().split(/\s+/);
        for (const row of table.tBodies[0].rows) {
            const text = row.textContent.toLowerCase();
            row.hidden = !words.every((word) => text.includes(word));
        }
    };
    input.addEventListener("input", search);
}
