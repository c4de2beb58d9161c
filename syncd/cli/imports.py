"""`syncd import`: what a file brings in. Each source of files is a module of its own."""

from __future__ import annotations

from importlib import import_module

import typer

# Each has register(group), which adds its commands, in the order --help lists them.
SOURCES = ("syncd.cli.import_prospects", "syncd.cli.import_crawl", "syncd.cli.import_links")


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Take in files: prospects, crawl exports, links.", no_args_is_help=True
    )
    for source in SOURCES:
        import_module(source).register(group)
    app.add_typer(group, name="import")
