"""How a member joins: a printed code, used once; and the way back in for who forgot the password."""

from __future__ import annotations

from api.endpoint import Resource

resource = Resource("invitations", "招待 Invitations")
