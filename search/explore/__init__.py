"""Which features of a machine a kernel would gain from: variants of it, searched and compared."""
