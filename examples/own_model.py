"""Name a model of your own in `models.toml` of the data folder, and rerank with it.

Here it is the bundled one asked about three documents at a time, in a data folder that is thrown away.
"""

import os
import tempfile
from pathlib import Path

import rankr1_app

ENTRY = """
[my-reranker]
about = "the bundled model, asked about three documents at a time"
family = "setwise"
base = "bundled/rank-r1-nano"
prompt = "setwise-r1-v0.2"
docs_per_call = 3
order = "first-stage"
max_tokens = 400
passage_tokens = 160
query_tokens = 64
licence = "Apache-2.0"
"""
TEXTS = ["Granite is hard.", "Yeast makes dough rise.", "Tea is hot.", "Bread is baked.", "Dough is kneaded."]

with tempfile.TemporaryDirectory() as folder:
    os.environ["RANKR1_HOME"] = folder
    Path(folder, "models.toml").write_text(ENTRY)
    ranking = rankr1_app.rerank("why does bread dough rise", TEXTS, reranker="my-reranker")
    for call in ranking.calls:
        print(call.id, call.purpose, call.documents, "->", call.order)
    print([document.text for document in ranking])
    rankr1_app.close()
