"""The operation graph: its builder, its dependences, its direct execution."""
