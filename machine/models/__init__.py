"""Machine models, as TOML."""
