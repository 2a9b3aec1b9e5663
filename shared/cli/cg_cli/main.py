"""The command `cg`: gathers the commands and turns whatever goes wrong into one line and an exit code."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import typer

MODULES: dict[str, tuple[str, ...]] = {
    "house": ("up", "down", "reset", "restart", "status"),
    "account": ("account", "token"),
    "contracts": ("contracts",),
    "publish": ("publish", "tail"),
    "story": ("story",),
    "obligations": ("obligations",),
    "operate": ("parked", "deadlines", "clock"),
    "replay": ("replay", "replays"),
    "journal": ("journal",),
    "org": ("org",),
    "screening": ("screening",),
    "custodian": ("custodian",),
    "forget": ("forget",),
    "demo": ("demo",),
    "bench": ("bench",),
    "due": ("due",),
    "provision": ("provision",),
}
"""The modules in `cg_cli.commands`, each with `register(app)`, in the order in which `cg --help` shows them, and the commands that each adds."""


def build(asked: str | None = None) -> typer.Typer:
    """The command with all its commands, or, because that is quicker, with those of the module that has the one which is asked for."""
    app = typer.Typer(
        name="cg",
        help="The Commissariaat-generaal on your machine: start it, look at it, talk to it.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(lambda: None)  # else a lone command would swallow its own name
    needed = [module for module, commands in MODULES.items() if asked in commands]
    for module in needed or MODULES:
        import_module(f"cg_cli.commands.{module}").register(app)
    return app


def run(arguments: list[str] | None = None) -> int:
    """Runs one command and returns the exit code: 0 done, 1 not done, 2 asked wrongly, 130 interrupted. Never a traceback, but with CG_DEBUG."""
    from cg_cli.home import Trouble, Wrong  # noqa: PLC0415

    words = sys.argv[1:] if arguments is None else arguments
    called = f"cg {words[0]}" if words and any(words[0] in commands for commands in MODULES.values()) else "cg"
    try:
        code = build(words[0] if words else None)(words, prog_name="cg", standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        return _say(f"{called}: interrupted", 130)
    except Trouble as trouble:
        return _say(f"{called}: {trouble}", 2 if isinstance(trouble, Wrong) else 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if hasattr(error, "format_message"):  # typer's own: asked wrongly
            return _asked_wrongly(error)
        if os.environ.get("CG_DEBUG"):
            raise
        return _say(f"{called}: {type(error).__name__}: {str(error)[:300]} (CG_DEBUG=1 shows where)", 1)
    return code if isinstance(code, int) else 0


def _asked_wrongly(error: Any) -> int:
    text = error.format_message()
    if text.startswith("Usage:"):  # no command was given: this is its help
        print(text, file=sys.stderr)
        return 2
    context = getattr(error, "ctx", None)
    where = context.command_path if context else "cg"
    return _say(f"{where}: {text} (see {where} --help)", int(error.exit_code))


def _say(line: str, code: int) -> int:
    print(" ".join(line.split()), file=sys.stderr)
    return code


def main() -> None:
    """What the installed command calls."""
    sys.exit(run())


if __name__ == "__main__":
    main()
