// A finger that goes up or down scrolls the page; sideways it is for the chart, as two of them are.
const scrollByFinger = () => {
    for (const chart of Bokeh.documents.flatMap((each) => each.roots())) {
        Bokeh.index.find_one_by_id(chart.id).canvas.events_el.style.touchAction = "pan-y";
    }
};

// Charts take the page's colours as soon as they are there; when all are drawn, the mark "picture" says when that was.
const whenDrawn = async (begin) => {
    if (!window.Bokeh) return;
    if (!Bokeh.documents.length) { setTimeout(() => whenDrawn(begin), 10); return; }
    paintCharts();
    scrollByFinger();
    await begin?.();
    const picture = () => (Bokeh.documents.every((each) => each.is_idle) ? performance.mark("picture") : setTimeout(picture, 10));
    picture();
};
