"""What Hugging Face Spaces starts: the page, under the settings of the environment."""

import os

from rankr1_app.cli import main

if __name__ == "__main__":
    os.environ.setdefault("RANKR1_HOST", os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"))
    main(["serve"])
