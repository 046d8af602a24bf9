"""Files that people drop: PDF, DOCX, zip archives and tables, made by hand, whole or broken."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

Content = bytes | str | Callable[[Path], None]
"""What a file holds, or what makes it."""
ODD = (
    "Ref No;Headline;What it says;Price\nA-1;Copper;Copper pipes turn green in wet air.;12.5\nA-2;Tin;Tin is soft.;9\n"
)
"""A table whose columns nobody knows."""
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(*pages: str, extra: bytes = b"") -> bytes:
    """Return a PDF with a page for each text; a line of a text is a line of its page."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        resources = "/Resources << /Font << /F1 3 0 R >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * number} 0 R "
            f"{resources} >>".encode()
        )
        shown = "".join(f"({line}) Tj T* " for line in text.split("\n"))
        stream = f"BT /F1 12 Tf 14 TL 72 720 Td {shown}ET".encode("latin-1")
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream))
    out, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer << /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (size, extra, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%b%b" % (size, table, end)


def locked() -> bytes:
    """Return a PDF that wants a password."""
    key = b"<" + b"28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A" + b">"
    return pdf(
        "copper", extra=b"/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O %b /U %b >>" % (key, key)
    )


def zipped(members: dict[str, str | bytes]) -> bytes:
    """Return a zip archive of these."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return memory.getvalue()


def linked(name: str, target: str) -> bytes:
    """Return a zip archive of a text and a symbolic link."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file:
        file.writestr("a.txt", "copper")
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o120777 << 16
        file.writestr(entry, target)
    return memory.getvalue()


def flagged(archive: bytes, flag: int = 1, place: int = 6) -> bytes:
    """Return an archive whose last member carries a flag, such as that it is encrypted."""
    raw = bytearray(archive)
    raw[raw.rindex(b"PK\x03\x04") + place] |= flag
    raw[raw.rindex(b"PK\x01\x02") + place + 2] |= flag
    return bytes(raw)


def docx(*paragraphs: str, body: str = "") -> bytes:
    """Return a Word document of paragraphs; `body` is XML that follows them."""
    texts = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    document = f'<?xml version="1.0"?><w:document xmlns:w="{WORD}"><w:body>{texts}{body}</w:body></w:document>'
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    relations = "http://schemas.openxmlformats.org"
    return zipped(
        {
            "[Content_Types].xml": f'<?xml version="1.0"?><Types xmlns="{relations}/package/2006/content-types">'
            f'<Override PartName="/word/document.xml" ContentType="{kind}"/></Types>',
            "_rels/.rels": f'<?xml version="1.0"?><Relationships xmlns="{relations}/package/2006/relationships">'
            f'<Relationship Id="r1" Type="{relations}/officeDocument/2006/relationships/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
            "word/document.xml": document,
        }
    )


def put(folder: Path, files: dict[str, Content]) -> Path:
    """Return the folder, with these files in it."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(place)
        else:
            place.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder
