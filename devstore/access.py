"""What an app may do in a shop: its installation, its access and refresh tokens, and their rotation rules."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

ACCESS_LIFE = timedelta(hours=1)
REFRESH_LIFE = timedelta(days=90)
RETRY_LIFE = timedelta(days=30)


@dataclass(slots=True)
class AccessToken:
    """One access token; ``expires_at`` None marks the old kind, which the Admin API turns away."""

    value: str
    expires_at: datetime | None


@dataclass(slots=True)
class RefreshToken:
    """One refresh token; once used it may be retried until the token that replaced it is used."""

    value: str
    expires_at: datetime
    used_at: datetime | None = None
    retired: bool = False
    replaces: "RefreshToken | None" = None

    def usable(self, now: datetime) -> bool:
        """Whether a refresh with this token succeeds now."""
        if self.retired or now >= self.expires_at:
            return False
        return self.used_at is None or now < self.used_at + RETRY_LIFE


@dataclass(slots=True)
class Installation:
    """The app in one shop, from install to uninstall."""

    id: int
    scopes: tuple[str, ...]
    installed_at: datetime
    active: bool = True
    tokens: dict[str, AccessToken] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)

    def allows(self, scope: str) -> bool:
        """Whether the scope was granted; writing implies reading."""
        return scope in self.scopes or scope.replace("read_", "write_", 1) in self.scopes

    def old_token(self) -> AccessToken:
        """A token of the old kind, that never expires."""
        token = AccessToken(f"shpat_{secrets.token_hex(16)}", None)
        self.tokens[token.value] = token
        return token

    def exchange(self, now: datetime) -> tuple[AccessToken, RefreshToken]:
        """A fresh pair; an app keeps one refreshable token a shop, so earlier refresh tokens die."""
        for earlier in self.refresh_tokens.values():
            earlier.retired = True
        return self._pair(now, None)

    def refresh(self, value: str, now: datetime) -> tuple[AccessToken, RefreshToken] | None:
        """The next pair for a refresh token, or None when it is not an active one.

        Using a token retires the one it replaced. Retrying a used token replaces the pair handed out before.
        """
        token = self.refresh_tokens.get(value)
        if not self.active or token is None or not token.usable(now):
            return None
        if token.replaces:
            token.replaces.retired = True
        for other in self.refresh_tokens.values():
            if other.replaces is token:
                other.retired = True
        token.used_at = token.used_at or now
        return self._pair(now, token)

    def _pair(self, now: datetime, replaces: RefreshToken | None) -> tuple[AccessToken, RefreshToken]:
        access = AccessToken(f"shpat_{secrets.token_hex(16)}", now + ACCESS_LIFE)
        refresh = RefreshToken(f"shprt_{secrets.token_hex(16)}", now + REFRESH_LIFE, replaces=replaces)
        self.tokens[access.value] = access
        self.refresh_tokens[refresh.value] = refresh
        return access, refresh
