"""`python -m rankr1_app` is `rankr1`."""

from .cli import main

main()
