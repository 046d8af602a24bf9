"""The commands of `rankr1`, by what they are about. Options become settings here; everything costly is imported by the
command that needs it."""
