// Charts take the page's colours as soon as they are there; when all are drawn, the mark "picture" says when that was.
const whenDrawn = async (begin) => {
    if (!window.Bokeh) return;
    if (!Bokeh.documents.length) { setTimeout(() => whenDrawn(begin), 10); return; }
    paintCharts();
    await begin?.();
    const picture = () => (Bokeh.documents.every((each) => each.is_idle) ? performance.mark("picture") : setTimeout(picture, 10));
    picture();
};
