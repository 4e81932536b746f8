// The lines of trials follow the table: only rows that the search shows are drawn, and a click on either selects both.
const linkTrials = () => {
    for (const section of document.querySelectorAll("[data-study]")) {
        const number = section.dataset.study, table = document.getElementById(`trials${number}`);
        if (!table) continue;
        const chart = Bokeh.documents[0].get_model_by_name(`settings${number}`);
        const lines = chart.renderers.find((each) => each.name === "lines"), rows = [...table.tBodies[0].rows];
        const selected = lines.data_source.selected;
        const narrow = () => {
            const shown = new Array(rows.length).fill(true);
            for (const row of rows) shown[Number(row.dataset.place)] = !row.hidden;
            lines.view.filter = new (Bokeh.Models.get("BooleanFilter"))({booleans: shown});
        };
        document.getElementById(table.dataset.search).addEventListener("input", narrow);
        for (const row of rows) row.addEventListener("click", () => { selected.indices = [Number(row.dataset.place)]; });
        selected.properties.indices.change.connect(() => {
            for (const row of rows) row.toggleAttribute("data-selected", selected.indices.includes(Number(row.dataset.place)));
            table.querySelector("[data-selected]")?.scrollIntoView({block: "nearest"});
        });
    }
};
whenDrawn(linkTrials);
