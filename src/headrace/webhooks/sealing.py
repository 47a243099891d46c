"""The secrets of webhooks as the database keeps them: encrypted, if the operator gives a key.

The key is MLflow's, a Fernet key, and the cipher that of the package cryptography. Without a key a
secret is kept as it is, and whoever reads the database reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace import settings
from headrace.errors import InvalidState
from headrace.optional import need

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_PLAIN, _FERNET = "plain:", "fernet:"


def seal(secret: str) -> str:
    """Return a secret as it is kept.

    Raises:
        InvalidState: If there is a key that cannot be used.

    """
    cipher = _cipher()
    if cipher is None:
        return _PLAIN + secret
    return _FERNET + cipher.encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the secret that is kept so.

    Raises:
        InvalidState: If it was encrypted by a key that is not there now.

    """
    if sealed.startswith(_PLAIN):
        return sealed.removeprefix(_PLAIN)
    cipher = _cipher()
    if cipher is None:
        raise _lost_key()
    from cryptography.fernet import InvalidToken

    try:
        return cipher.decrypt(sealed.removeprefix(_FERNET)).decode()
    except InvalidToken:
        raise _lost_key() from None


def _cipher() -> MultiFernet | None:
    keys = settings.parse_names(settings.WEBHOOK_SECRET_ENCRYPTION_KEY.get())
    if not keys:
        return None
    fernet = need("cryptography.fernet", "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY")
    try:
        return fernet.MultiFernet([fernet.Fernet(key) for key in keys])  # type: ignore[no-any-return]
    except ValueError:
        raise InvalidState(
            "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY is no Fernet key: it must be 32 bytes in "
            "URL-safe base64. Make one with: python -c 'from cryptography.fernet import Fernet; "
            "print(Fernet.generate_key().decode())'"
        ) from None


def _lost_key() -> InvalidState:
    return InvalidState(
        "The secret of this webhook was encrypted by a key that MLFLOW_WEBHOOK_SECRET_ENCRYPTION_"
        "KEY does not hold now. Set that key again, beside a new one with a comma between, or give "
        "the webhook a new secret."
    )
