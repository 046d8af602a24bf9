"""First stage: a query in, candidates out. See `protocol` for the shape retrievers share."""
