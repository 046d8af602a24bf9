"""Commands about indexes."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..options import (
    ENCODING,
    MILVUS,
    PATH,
    options,
    setting,
)
from ..retrieval.encoders import DEFAULT as ENCODER
from ..retrieval.languages import LANGUAGES

COLUMNS = click.option(
    "--columns",
    default="",
    metavar="id=NAME,title=NAME,text=NAME",
    help="Columns of a table, or fields of JSON; text=A+B joins two, without an id the line's number is one.",
)


@click.group()
def index() -> None:
    """Build, preview, fetch, push, list, show and delete indexes."""


@index.command("build")
@click.argument("corpus", type=PATH, required=False)
@click.option("--name", required=True, help="Name of the index.")
@click.option("--dir", "folder", type=PATH, help="Folder to build it in.")
@click.option(
    "--language",
    default="en",
    metavar="CODE",
    show_default=True,
    help="Language of the corpus, by Lucene's analyser for it: " + ", ".join(LANGUAGES) + ".",
)
@click.option("--strict", is_flag=True, help="Stop at the first bad line.")
@COLUMNS
@click.option("--dense", is_flag=True, help="Add vectors, without CORPUS to the index that is there.")
@setting("--encoder", default=ENCODER, metavar="NAME", help="What makes the vectors.")
@options(ENCODING)
def index_build(
    corpus: Path | None,
    name: str,
    folder: Path | None,
    language: str,
    strict: bool,
    columns: str,
    dense: bool,
    encoder: str,
    encoder_url: str,
) -> None:
    """Index CORPUS: JSON, TSV or CSV, TREC's own form, PDF, DOCX, web pages, Markdown, texts, a folder or zip of these,
    or a dataset of the Hugging Face Hub as hf:OWNER/NAME[@REVISION][:CONFIGURATION[:SPLIT]]. Long texts become passages
    that keep their page."""
    from ..indexing import add_vectors, build, same_text
    from ..retrieval.encoders import encoder as encoder_of
    from ..retrieval.encoders import entry
    from ..retrieval.hub import pinned

    if corpus is None and not dense:
        raise click.UsageError("Missing argument 'CORPUS', which only --dense goes without.")
    found, place = entry(encoder), str(folder / name) if folder else name
    corpus = pinned(corpus) if corpus else None
    if corpus is not None and not (dense and not columns and same_text(corpus, place, language)):
        build(corpus, name, folder, language, strict, columns)
    if dense:
        add_vectors(place, encoder_of(found, encoder_url))


@index.command("preview")
@click.argument("corpus", type=PATH)
@COLUMNS
def index_preview(corpus: Path, columns: str) -> None:
    """Show what would be read of CORPUS: its files, columns, first documents and faults. Nothing is built."""
    from ..indexing import preview

    preview(corpus, columns)


@index.command("fetch")
@click.argument("name", required=False)
def index_fetch(name: str | None) -> None:
    """Fetch a known index by its NAME, such as beir-v1.0.0-scifact.flat; without one, list them with their licences."""
    from ..indexing import fetch, known_indexes

    if name is None:
        known_indexes()
    else:
        fetch(name)


@index.command("push")
@click.argument("name")
@options(MILVUS)
def index_push(name: str, milvus: str) -> None:
    """Bring the index NAME, with the vectors it has, into Milvus, where `--retriever milvus` finds it."""
    from ..indexing import push

    if not milvus:
        raise click.UsageError("Missing option '--milvus', the address of Milvus.")
    push(name, milvus)


@index.command("list")
def index_list() -> None:
    """List the indexes known by name."""
    from ..retrieval import indexes

    for info in indexes.listed():
        click.echo(f"{info.name}\t{info.documents} documents")


@index.command("show")
@click.argument("name")
def index_show(name: str) -> None:
    """Show what an index holds."""
    from ..indexing import shown_index

    click.echo(json.dumps(shown_index(name), indent=2, ensure_ascii=False))


@index.command("delete")
@click.argument("name")
def index_delete(name: str) -> None:
    """Delete an index."""
    from ..retrieval import indexes

    indexes.delete(name)
    click.echo(f"deleted {name}", err=True)
