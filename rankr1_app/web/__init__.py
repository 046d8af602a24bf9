"""The web edge: the page, its routes, the API for other programs, and who may use them."""
