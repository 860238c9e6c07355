"""The application: every command in its group, and errors as one clear line with an exit code of its own."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

import trackerkit
from trackerkit.cli import demo, doctor, events, files, keys, migrate, records, schema, serve
from trackerkit.cli.exits import INTERRUPTED, code_of, describe
from trackerkit.errors import TrackerError

app = typer.Typer(
    name="trackerkit",
    help="One interface to production trackers: ShotGrid, AYON and an embedded store.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _room in (records, files, events, serve, migrate, demo, doctor):
    _room.add_to(app)
app.add_typer(schema.app, name="schema")
app.add_typer(keys.app, name="keys")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"trackerkit {trackerkit.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what is sent, without secrets.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.WARNING, format="%(levelname)s %(name)s %(message)s"
    )


def run(arguments: list[str] | None = None) -> int:
    """Run a command; its exit code."""
    try:
        result = app(args=arguments, standalone_mode=False)
    except TrackerError as error:
        print(describe(error), file=sys.stderr)
        return code_of(error)
    except typer.Abort:
        print("trackerkit: given up", file=sys.stderr)
        return INTERRUPTED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:  # noqa: BLE001 - what is not click's is raised again
        return _usage(error)
    return result if isinstance(result, int) else 0


def _usage(error: Exception) -> int:
    """What click says of arguments that make no sense; any other error goes its way."""
    show, code = getattr(error, "show", None), getattr(error, "exit_code", None)
    if show is None or code is None:
        raise error
    show()
    return int(code)
