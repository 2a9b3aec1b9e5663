"""`python -m cg_kit serve services.org.app:SERVICE` runs a service; `migrate` brings its database up to date as its owner."""

from __future__ import annotations

import asyncio
import sys

import uvloop
from pydantic import ValidationError

from cg_kit.migrate import migrate
from cg_kit.serve import configure_logging, load, serve
from cg_kit.settings import Settings


def amiss(error: ValidationError) -> str:
    """Each variable that is missing or wrong, by its name in the environment (those of OpenTelemetry have their own), and what would mend it."""
    names = ((str(each["loc"][0]), each["msg"]) for each in error.errors())
    return ", ".join(f"{name if name.startswith('OTEL_') else f'CG_{name.upper()}'}: {msg}" for name, msg in names)


def main() -> int:
    """The exit code: 0 done, 1 failed, 2 called wrongly."""
    match sys.argv[1:]:
        case ["serve" | "migrate" as what, path]:
            pass
        case _:
            sys.stderr.write("usage: python -m cg_kit serve|migrate services.<name>.app:SERVICE\n")
            return 2
    configure_logging()
    try:
        settings = Settings()
    except ValidationError as error:
        sys.stderr.write(f"the environment is not as it should be: {amiss(error)}\n")
        return 2
    service = load(path)
    if what == "migrate":
        asyncio.run(migrate(settings.database_owner(), path.rpartition(".app")[0], service.name))
        return 0
    return uvloop.run(serve(service, settings))


if __name__ == "__main__":
    sys.exit(main())
