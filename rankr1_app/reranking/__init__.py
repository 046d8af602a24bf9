"""Second stage: candidates in, events out. One small module per family of rerankers."""
