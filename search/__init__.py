"""From graph to schedule to program to leaderboard."""
