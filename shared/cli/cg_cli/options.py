"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

HomeOption = Annotated[Path, typer.Option("--home", envvar="CG_HOME", help="The folder of the house: its data, ports and secrets.", metavar="DIR")]
"""Which house is meant."""

JsonOption = Annotated[bool, typer.Option("--json", help="One complete JSON document on stdout, nothing else.")]
"""For programs."""
