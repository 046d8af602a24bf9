"""The browser modules of the page, under `static/`; `web/` serves them."""
