"""The stories that `cg demo` can play, each through the doors that everybody uses."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cg_cli.stage import Stage


@dataclass(frozen=True, slots=True)
class Story:
    """A story: the module that plays it, the flow of the domain that it shows (F1, F2 ...), and what happens in it."""

    module: str
    flow: str
    about: str

    def play(self, stage: Stage) -> dict[str, tuple[str, str]]:
        """Plays it; gives for each scene the id of the message that began it and its trace. Raises Trouble with what did not happen."""
        played: dict[str, tuple[str, str]] = import_module(f"cg_cli.stories.{self.module}").play(stage)
        return played


STORIES = {
    "appointments": Story("appointments", "F1", "five appointments to sensitive posts: positive, cleared, refused, too late, withdrawn"),
    "withdrawal": Story("withdrawal", "F2", "a clearance is withdrawn: access off within the hour, an appeal, and the way back"),
    "reorganisation": Story("reorganisation", "F7", "an office is split in two: blocked while a post has no place, then at one moment"),
    "renewal": Story("renewal", "F3", "two clearances near their end: one is renewed in time, one lapses; takes four years"),
}
"""In the order in which they are played; a later one does not need an earlier one."""
