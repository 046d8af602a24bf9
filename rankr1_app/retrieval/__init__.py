"""First stage: a query in, candidates out. See `protocol` for the shape retrievers share.

`KINDS` names every retriever and what opens it. A new one is a module with a function from an index (a name or a
folder) and `Choices` to a `Retriever`, and a line here.
"""

KINDS = {
    "bm25": "rankr1_app.retrieval.bm25:open_index",
    "dense": "rankr1_app.retrieval.dense:open_index",
    "hybrid": "rankr1_app.retrieval.hybrid:open_index",
    "bm25+rm3": "rankr1_app.retrieval.feedback:open_rm3",
    "bm25+rocchio": "rankr1_app.retrieval.feedback:open_rocchio",
    "dense+rocchio": "rankr1_app.retrieval.feedback:open_dense_rocchio",
    "dense+average": "rankr1_app.retrieval.feedback:open_dense_average",
    "dense+borda": "rankr1_app.retrieval.feedback:open_borda",
    "exact": "rankr1_app.retrieval.exact:open_index",
    "milvus": "rankr1_app.retrieval.milvus:open_words",
    "milvus-dense": "rankr1_app.retrieval.milvus:open_meaning",
    "milvus-hybrid": "rankr1_app.retrieval.milvus:open_both",
}
IN_MILVUS = tuple(name for name, opens in KINDS.items() if opens.startswith("rankr1_app.retrieval.milvus:"))
"""Those that search an index in Milvus: they need its address, and nothing of the index on this machine."""
BY_WORDS = tuple(name for name in KINDS if name.startswith("bm25") or name == "milvus")
"""Those that read no vectors."""
