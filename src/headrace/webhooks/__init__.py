"""Webhooks for those who receive them: the headers, the check of a signature, the payloads.

What a server sends, and to which addresses it may, is in the modules of this package too.
"""

from __future__ import annotations

from headrace.webhooks.payloads import (
    ModelVersionAliasCreatedPayload,
    ModelVersionAliasDeletedPayload,
    ModelVersionCreatedPayload,
    ModelVersionTagDeletedPayload,
    ModelVersionTagSetPayload,
    PromptAliasCreatedPayload,
    PromptAliasDeletedPayload,
    PromptCreatedPayload,
    PromptTagDeletedPayload,
    PromptTagSetPayload,
    PromptVersionCreatedPayload,
    PromptVersionTagDeletedPayload,
    PromptVersionTagSetPayload,
    RegisteredModelCreatedPayload,
    RunPayload,
    WebhookPayload,
)
from headrace.webhooks.signatures import (
    WEBHOOK_DELIVERY_ID_HEADER,
    WEBHOOK_SIGNATURE_HEADER,
    WEBHOOK_TIMESTAMP_HEADER,
    verify_signature,
)

__all__ = [
    "WEBHOOK_DELIVERY_ID_HEADER",
    "WEBHOOK_SIGNATURE_HEADER",
    "WEBHOOK_TIMESTAMP_HEADER",
    "ModelVersionAliasCreatedPayload",
    "ModelVersionAliasDeletedPayload",
    "ModelVersionCreatedPayload",
    "ModelVersionTagDeletedPayload",
    "ModelVersionTagSetPayload",
    "PromptAliasCreatedPayload",
    "PromptAliasDeletedPayload",
    "PromptCreatedPayload",
    "PromptTagDeletedPayload",
    "PromptTagSetPayload",
    "PromptVersionCreatedPayload",
    "PromptVersionTagDeletedPayload",
    "PromptVersionTagSetPayload",
    "RegisteredModelCreatedPayload",
    "RunPayload",
    "WebhookPayload",
    "verify_signature",
]
