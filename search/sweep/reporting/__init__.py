"""What a sweep came to: read from its journal, printed, plotted, and written as a report."""
