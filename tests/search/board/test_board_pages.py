"""The pages of a board list every task, and are written only where they change."""

import shutil
from dataclasses import replace
from pathlib import Path

from tests.search.board.cases import OTHER_DATA, RIVALLESS, files, filled
from tests.search.problems import DOUBLING, EXAMPLE, SMALL_TREE, entry_of


def test_pages_list_every_task(tmp_path: Path) -> None:
    filled(tmp_path, *RIVALLESS)
    pages = {page: (tmp_path / page).read_text() for page in files(tmp_path) if page.endswith(".md")}
    assert sorted(pages) == [
        "README.md",
        "doubling-takehome.md",
        "tree_hash-other.md",
        "tree_hash-takehome.md",
    ]
    for name in RIVALLESS:
        entry, _ = entry_of(name)
        problem = entry.id.rpartition("-")[0]
        assert entry.id in pages[f"{problem}-{entry.key[3]}.md"]
        assert f"({problem}-{entry.key[3]}.md)" in pages["README.md"]


def test_pages_that_say_what_they_said_are_not_touched(tmp_path: Path) -> None:
    board = filled(tmp_path, DOUBLING, SMALL_TREE)
    pages = [path for path in tmp_path.iterdir() if path.suffix in (".md", ".json")]
    (tmp_path / "doubling-takehome.md").write_text("mine")
    before = {path: path.stat().st_ino for path in pages}
    board.rewrite_pages()
    assert [path.name for path in pages if path.stat().st_ino != before[path]] == ["doubling-takehome.md"]
    assert "mine" not in (tmp_path / "doubling-takehome.md").read_text()


def test_two_problems_of_one_name_have_a_page_each(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    board, (entry, candidate) = filled(folder, DOUBLING), entry_of(DOUBLING)
    shutil.copy(EXAMPLE.removesuffix(":Doubling"), tmp_path / "example.py")
    elsewhere = f"{tmp_path / 'example.py'}:Doubling"
    other = replace(
        entry, id="doubling-0123456789", problem=elsewhere, machine=OTHER_DATA, found="2999-01-01T00:00:00+00:00"
    )
    assert board.add(other, candidate)
    again = replace(other, id="doubling-1123456789", machine=entry.machine)
    assert board.add(again, candidate)
    titles = {path.read_text().splitlines()[2] for path in folder.glob("doubling*.md")}
    assert titles == {"# doubling on takehome", f"# doubling ({elsewhere}) on takehome", "# doubling on a/b \\|c"}
    assert (folder / "doubling-a-b--c.json").exists()
