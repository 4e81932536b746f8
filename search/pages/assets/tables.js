// Tables marked data-sortable are sorted by a click on a heading; those with data-search
// show only the rows that have all words of the input of that id, and data-found says how many.
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
    const input = document.getElementById(table.dataset.search), found = document.getElementById(table.dataset.found ?? "");
    const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.toLowerCase());
    const compare = {
        "=": (a, b) => a === b, "<": (a, b) => parseFloat(a) < parseFloat(b), ">": (a, b) => parseFloat(a) > parseFloat(b),
    };
    // A word is in the row; "name=value", "name<number" and "name>number" are about the column of that name, if there is one.
    const has = (row, word) => {
        const [, name, sign, value] = word.match(/^([^=<>]+)([=<>])(.+)$/) ?? [];
        const place = names.indexOf(name);
        if (place >= 0) return compare[sign](row.cells[place].textContent.toLowerCase(), value);
        return row.textContent.toLowerCase().includes(word);
    };
    const search = () => {
        const words = input.value.toLowerCase().split(/\s+/).filter(Boolean), rows = [...table.tBodies[0].rows];
        for (const row of rows) row.hidden = !words.every((word) => has(row, word));
        if (found) found.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
    };
    input.addEventListener("input", search);
    search();
}
