"""The leaderboard: entries, pages, rechecks."""
