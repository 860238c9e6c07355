"""What AYON cannot put into one transaction with others: each kind of record by calls of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from trackerkit.errors import UnsupportedError
from trackerkit.operations import Operation, Result
from trackerkit_ayon.backend.anatomy import Anatomies
from trackerkit_ayon.backend.comments import Comments
from trackerkit_ayon.backend.lists import Lists
from trackerkit_ayon.backend.logged import Logged
from trackerkit_ayon.backend.people import People
from trackerkit_ayon.backend.reading import Reading
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.backend.small import ANATOMY_KEYS
from trackerkit_ayon.mapping.names import native_of

Writer = Callable[[Operation, "str | None"], Result]

_INSTEAD: Final = {"User": "active=False locks a user out"}


class Singles:
    """Writes one record by itself."""

    def __init__(self, server: Server, reading: Reading, anatomies: Anatomies) -> None:
        people = People(server)
        comments, lists = Comments(server, reading, people), Lists(server, reading)
        self._writers: dict[str, Writer] = {
            "Project": lambda operation, _: anatomies.write_project(operation),
            "User": people.write_user,
            "Group": people.write_group,
            "Note": comments.write,
            "Reply": comments.write,
            "Reviewable": comments.write_reviewable,
            "Attachment": comments.write_attachment,
            "Playlist": lists.write_playlist,
            "Link": lists.write_link,
            "Event": Logged(server).write,
            **{name: lambda operation, project: anatomies.write(operation, str(project)) for name in ANATOMY_KEYS},
        }

    def write(self, operation: Operation, project: str | None) -> Result:
        """Make one change.

        Raises:
            UnsupportedError: AYON cannot retire such a record.
        """
        is_retiring = operation.kind == "delete" and not operation.permanent
        if is_retiring and not native_of(operation.type).can_retire:
            more = _INSTEAD.get(operation.type)
            raise UnsupportedError(
                f"AYON cannot retire a {operation.type}",
                hint="permanent=True deletes it for good" + (f"; {more}" if more else ""),
                backend="ayon",
            )
        return self._writers[operation.type](operation, project)
