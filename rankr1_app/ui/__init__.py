"""The page: a thin Gradio shell, the lines it is fed with, and the browser modules under `static/`."""
