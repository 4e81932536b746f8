"""Texts that must stay as they are."""

from pathlib import Path


class Golden:
    """A text that must be as it was; ``pytest --update-golden`` writes it anew, for the difference to be reviewed."""

    def __init__(self, update: bool) -> None:
        self._update = update

    def check(self, name: str, text: str) -> None:
        path = Path(__file__).parent / "golden" / name
        if self._update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")
