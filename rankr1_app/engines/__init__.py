"""Engines: messages in, streamed text out. See `protocol` for the shape they share."""
