"""Pure functions from events to what is true about one document."""
