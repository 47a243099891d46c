"""The files in which Amazon's tools keep settings and credentials, by profile."""

from __future__ import annotations

import configparser
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from headrace.artifacts.s3_signatures import Keys
from headrace.errors import InvalidParameterValue, NotSupported

# Tools that hand out credentials for an hour or so write new ones into the file.
_LIFETIME = timedelta(minutes=10)
# Ways to credentials that need calls which only Amazon's own library knows.
_INDIRECT = ("role_arn", "sso_session", "sso_start_url", "credential_process", "login_session")

Provider = Callable[[], Any]


def profile_settings() -> Mapping[str, str]:
    """Return what the profile's section of the configuration file says; empty without one."""
    name = _profile()
    section = name if name == "default" else f"profile {name}"
    return _section(_file("AWS_CONFIG_FILE", "config"), section)


def profile_credentials() -> Provider | None:
    """Return what gives the profile's credentials; None if there are none, or others go first.

    Raises:
        InvalidParameterValue: If ``AWS_PROFILE`` names a profile that neither file has.
        NotSupported: If the profile's credentials need a library that is not installed.

    """
    if os.environ.get("AWS_ACCESS_KEY_ID") or os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        return None
    if _static_credentials() is not None:
        return _static_credentials
    found = profile_settings()
    if any(name in found for name in _INDIRECT):
        return _from_amazons_library()
    if os.environ.get("AWS_PROFILE") and not found:
        raise InvalidParameterValue(
            f"AWS_PROFILE is {_profile()!r}, but there is no such profile in "
            f"{_file('AWS_SHARED_CREDENTIALS_FILE', 'credentials')} or "
            f"{_file('AWS_CONFIG_FILE', 'config')}."
        )
    return None


def signing_keys() -> Callable[[], Keys] | None:
    """Return what gives the keys to sign calls with; None where only the library finds them.

    Raises:
        HeadraceError: As `profile_credentials`.

    """
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        return lambda: Keys(
            os.environ["AWS_ACCESS_KEY_ID"],
            os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
            os.environ.get("AWS_SESSION_TOKEN"),
        )
    provider = profile_credentials()
    if provider is None:
        return None

    def give() -> Keys:
        found = provider()
        return Keys(found["access_key_id"], found["secret_access_key"], found.get("token"))

    return give


def _static_credentials() -> dict[str, Any] | None:
    """Return the keys that stand in one of the files, read anew each time."""
    keys = {
        **profile_settings(),
        **_section(_file("AWS_SHARED_CREDENTIALS_FILE", "credentials"), _profile()),
    }
    if "aws_access_key_id" not in keys or "aws_secret_access_key" not in keys:
        return None
    return {
        "access_key_id": keys["aws_access_key_id"],
        "secret_access_key": keys["aws_secret_access_key"],
        "token": keys.get("aws_session_token"),
        "expires_at": datetime.now(UTC) + _LIFETIME,
    }


def _from_amazons_library() -> Provider:
    try:
        import boto3
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ImportError:
        raise NotSupported(
            f"The AWS profile {_profile()!r} gets its credentials by a role, a login or a program, "
            "which needs a library that is not installed: pip install boto3"
        ) from None
    provider: Provider = Boto3CredentialProvider(boto3.session.Session(profile_name=_profile()))
    return provider


def _profile() -> str:
    return os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or "default"


def _file(variable: str, name: str) -> Path:
    return Path(os.environ.get(variable) or f"~/.aws/{name}").expanduser()


def _section(file: Path, name: str) -> Mapping[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(file, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        # The parser's message would show a line of the file, which may be a secret.
        raise InvalidParameterValue(
            f"{file} cannot be read: it is not in the INI format."
        ) from None
    return dict(parser.items(name)) if parser.has_section(name) else {}
