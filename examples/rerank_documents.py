"""Rerank documents of your own, and read why each stands where it does."""

import rankr1_app

DOCUMENTS = [
    {"id": "stone", "title": "Granite", "text": "Granite is a hard rock that forms deep under the ground."},
    {"id": "tea", "title": "Tea", "text": "Tea is made by pouring hot water over leaves."},
    {"id": "yeast", "title": "Yeast", "text": "Yeast makes bread dough rise: it eats sugar and gives off gas."},
]

ranking = rankr1_app.rerank("why does bread dough rise", DOCUMENTS)
for document in ranking:
    print(f"{document.rank}. {document.title} (was {document.first_stage_rank})")
    for reason in document.reasons[-1:]:
        print(f"   comparison {reason.call}, {reason.outcome}: {reason.text}")
print(f"{ranking.totals.calls} calls, {ranking.totals.seconds:.1f} s")
