"""Training the bundled model: texts, traces, tokenizer, network, supervised warm-up, checks."""
