"""Rerank inside a PyTerrier pipeline, such as `bm25 % 20 >> reranker`. The pipeline needs `pip install python-terrier`;
what it is made of is a function from the rows of a query to the same rows with new scores."""

import pandas  # type: ignore[import-untyped]

import rankr1_app


def rerank(rows: pandas.DataFrame) -> pandas.DataFrame:
    """Return the rows of one query with scores that fall with the new rank: 1, 1/2, 1/3."""
    rows = rows.sort_values("score", ascending=False)
    documents = [{"id": row.docno, "text": row.text} for row in rows.itertuples()]
    ranking = rankr1_app.rerank(rows["query"].iloc[0], documents, k=len(documents))
    ranks = {document.id: document.rank for document in ranking}
    return rows.assign(score=[1 / ranks[docno] for docno in rows["docno"]])


found = pandas.DataFrame(
    [
        {"qid": "1", "query": "why does bread dough rise", "docno": "stone", "score": 2.0, "text": "Granite is hard."},
        {
            "qid": "1",
            "query": "why does bread dough rise",
            "docno": "yeast",
            "score": 1.0,
            "text": "Yeast lifts dough.",
        },
    ]
)
try:
    import pyterrier  # type: ignore[import-not-found]
except ImportError:
    print(rerank(found)[["qid", "docno", "score"]])
else:
    reranker = pyterrier.apply.by_query(rerank)
    print(reranker(found)[["qid", "docno", "score", "rank"]])
