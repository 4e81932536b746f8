"""The whole suite searched on several machines, and the table of gaps that comes of it."""
