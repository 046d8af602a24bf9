"""Make a folder of text files searchable, and search it."""

import tempfile
from pathlib import Path

import rankr1_app

with tempfile.TemporaryDirectory() as folder:
    notes = Path(folder, "notes")
    notes.mkdir()
    (notes / "bread.txt").write_text("Yeast makes bread dough rise: it eats sugar and gives off gas.")
    (notes / "flour.txt").write_text("Flour with much gluten makes an elastic dough.")
    (notes / "tea.txt").write_text("Tea is made by pouring hot water over leaves.")

    index = rankr1_app.build_index(notes, "notes", folder=Path(folder, "indexes"))
    print(index.documents, "documents")
    ranking = rankr1_app.search("why does bread dough rise", index=index.folder, k=2)
    for document in ranking:
        print(document.rank, document.id, *(reason.text for reason in document.reasons[-1:]))
