"""Keep a search as a file, and read it again: on any machine, without the model."""

import tempfile
from pathlib import Path

import rankr1_app

TEXTS = ["Granite is hard.", "Yeast makes bread dough rise.", "Tea is a drink."]

with tempfile.TemporaryDirectory() as folder:
    recording = Path(folder, "bread.jsonl")
    ranking = rankr1_app.rerank("why does bread dough rise", TEXTS, record=recording)

    again = rankr1_app.load(recording)
    assert again == ranking
    for call in again.calls:
        print(f"call {call.id}, {call.purpose}:\n{call.text}\n")
