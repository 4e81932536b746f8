"""Pages to look at: a schedule, the leaderboard and a sweep as HTML that needs no network, with charts by Bokeh."""
