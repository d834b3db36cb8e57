"""Draw docs/readme_picture.png, the picture of README.rst.

    python -m sphinx docs docs/_build/html
    python docs/readme_picture.py docs/_build/html --browser chromium

It shows what the first page of the documentation shows: the tagged text of its example, and the
picture of the example with an accelerometer. A browser, Chromium or Chrome, renders both. Run it
again when one of the two has changed.
"""

import argparse
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageChops

DOCS = Path(__file__).parent
sys.path.append(str(DOCS / "_extensions"))
RECORDING = "_images/sphx_glr_plot_human_activity_001.png"
WIDTH, HEIGHT = 900, 1200  # of the window, in pixels; what is empty below is cut off
PAGE = """\
<!DOCTYPE html>
<meta charset="utf-8">
<style>
body {{ margin: 16px; font-family: sans-serif; background: white; color: black; }}
.sklstm-toggle {{ display: none !important; }}
img {{ display: block; width: 780px; margin-top: 24px; }}
</style>
{text}
<img src="{picture}">
"""


def tagged_text():
    """Return the HTML of the tagged text on the first page."""
    from display import run_examples

    return run_examples((DOCS / "index.rst").read_text(encoding="utf-8"))["text"]._repr_html_()


def screenshot(page, browser):
    """Return a picture of an HTML page, as the browser renders it."""
    with TemporaryDirectory() as folder:
        path, picture = Path(folder, "page.html"), Path(folder, "page.png")
        path.write_text(page, encoding="utf-8")
        options = [
            "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--allow-file-access-from-files", f"--user-data-dir={folder}/profile",
            f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={picture}",
        ]  # fmt: skip
        subprocess.run([browser, *options, path.as_uri()], check=True, capture_output=True)
        return Image.open(BytesIO(picture.read_bytes())).convert("RGB")


def cut_margins(picture, margin=16):
    """Return the picture without what is empty to the right and below."""
    white = Image.new("RGB", picture.size, "white")
    _, _, right, bottom = ImageChops.difference(picture, white).getbbox()
    return picture.crop((0, 0, min(right + margin, picture.width), bottom + margin))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("html", type=Path, help="the folder of the built documentation")
    parser.add_argument("--browser", default="chromium", help="by default chromium")
    arguments = parser.parse_args()
    recording = (arguments.html / RECORDING).resolve(strict=True).as_uri()
    page = PAGE.format(text=tagged_text(), picture=recording)
    picture = cut_margins(screenshot(page, arguments.browser))
    # A palette makes the file several times smaller.
    picture.quantize(256, kmeans=1).save(DOCS / "readme_picture.png", optimize=True)


if __name__ == "__main__":
    main()
