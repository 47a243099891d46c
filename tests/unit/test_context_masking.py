"""Secrets are hidden in what runs record, and what only looks like one stays to be read."""

from __future__ import annotations

import time

import pytest

from headrace.client.context.masking import LineMasker, Masker

# Put together here, so that nobody who searches this file for secrets finds any.
LETTERS = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7"
TOKENS = {
    "AWS": "AKIA" + "IOSFODNN7EXAMPLE",
    "GitHub": "ghp_" + (LETTERS * 2)[:36],
    "GitHub, fine-grained": "github_pat_" + LETTERS + "_" + LETTERS,
    "GitLab": "glpat-" + LETTERS[:20],
    "Slack": "xox" + "b-123456789012-" + LETTERS,
    "Hugging Face": "hf_" + (LETTERS * 2)[:34],
    "OpenAI": "sk-" + "proj-" + LETTERS * 2,
    "Anthropic": "sk-" + "ant-api03-" + LETTERS * 2,
    "Stripe": "sk_" + "live_" + LETTERS,
    "Google": "AIza" + (LETTERS * 2)[:35],
    "npm": "npm_" + (LETTERS * 2)[:36],
    "PyPI": "pypi-AgE" + LETTERS * 3,
    "Databricks": "dapi" + "0123456789abcdef" * 2,
    "SendGrid": f"SG.{LETTERS}.{LETTERS}",
    "JSON web token": f"eyJ{LETTERS}.eyJ{LETTERS}.{LETTERS}",
}

masker = Masker({})


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize("around", ["{}", "key {} end", "x='{}'", "https://a.b/{}?c", "({})"])
def test_the_shapes_of_tokens(kind: str, around: str) -> None:
    token = TOKENS[kind]
    shown = masker.mask_shapes(around.format(token))

    assert shown == around.format("***")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:pass@host/x?y=1", "https://me:***@host/x?y=1"),
        ("https://me:p@ss@host/x", "https://me:***@host/x"),
        ("postgresql+psycopg://me:a/b@c@host:5432/db", "postgresql+psycopg://me:***@host:5432/db"),
        ("redis://:secret@host:6379/0", "redis://:***@host:6379/0"),
        (f"https://{LETTERS}@host/a.git", "https://***@host/a.git"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("authorization=Basic dXNlcjpwYXNz", "authorization=Basic ***"),
        ("{'Authorization': 'Bearer abc123'}", "{'Authorization': 'Bearer ***'}"),
        (f"sent bearer {LETTERS}", "sent bearer ***"),
        ("https://x.blob/a?sv=1&sig=ab%2Bcdefgh&se=1", "https://x.blob/a?sv=1&sig=***&se=1"),
        (f"AccountKey={LETTERS}==;EndpointSuffix=x", "AccountKey=***;EndpointSuffix=x"),
    ],
)
def test_addresses_and_headers(text: str, shown: str) -> None:
    assert masker.mask_shapes(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("password=hunter2", "password=***"),
        ("DB_PASSWORD: hunter2", "DB_PASSWORD: ***"),
        ("password='two words'", "password='***'"),
        ('{"api_key": "x y", "user": "b"}', '{"api_key": "***", "user": "b"}'),
        ('{\\"apiKey\\": \\"x\\"}', '{\\"apiKey\\": \\"***\\"}'),
        ("config['client_secret'] = 'x'", "config['client_secret'] = '***'"),
        ("aws_secret_access_key = wJalr/K7M+x", "aws_secret_access_key = ***"),
        ("hf_token=abcdefgh12", "hf_token=***"),
        ("UID=sa;PWD=secret12;", "UID=sa;PWD=***;"),
        ("passphrase => x", "passphrase => ***"),
    ],
)
def test_names_give_values_away(text: str, shown: str) -> None:
    assert masker.mask(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "epoch 3: loss=0.25, lr=1e-4",
        "max_tokens=512 tokens: 12345678 token_id=5 tokenizer=bert-base-uncased1",
        "pad_token: [PAD] eos_token=</s> sep_token=<|endoftext1|> mask_token: token12345",
        "loss per token: 2.345678912",
        "the token: hello",
        "bearer of bad news",
        "password=getpass.getpass()",
        "client = Client(api_key=os.environ['KEY'], password=args.password)",
        "password: None, secret = null, api_key=***",
        "PWD=/home/ada/project",
        "secret_sauce=5 secretary: Ada passwords: 3",
        "key: accuracy sort_key=loss keyboard: qwerty",
        "http://host:8080/a@b redis://host:6379/0?x=a@b ssh://git@host/a git@host:a/b",
        "commit 0123456789abcdef0123456789abcdef01234567",
        "sk-learn-is-a-really-long-name-of-a-package risk-of-everything-1234567890",
        "s3://bucket/path/AKIAX",
        "eyJ is how such tokens begin",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masker.mask(text) == text


def test_the_values_of_secret_variables_are_masked_wherever_they_stand() -> None:
    key = "0123456789abcdef0123456789abcdef01234567"
    here = Masker({"WANDB_API_KEY": key, "HF_TOKEN": "abc-12345", "HOME": "/root/12345678"})

    assert here.mask(f"sent {key} and abc-12345 from /root/12345678") == (
        "sent *** and *** from /root/12345678"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("DB_PASSWORD", "postgres"), ("API_KEY", "x1"), ("SSH_PRIVATE_KEY", "/root/.ssh/id_rsa")],
)
def test_words_and_paths_in_variables_are_no_secrets(name: str, value: str) -> None:
    text = f"it uses {value} here"

    assert Masker({name: value}).mask(text) == text


def test_a_command_line() -> None:
    given = [
        *("--password", "x", "--api-key=abc", "--max-token", "5", "--hf-token", "abc"),
        *("--lr", "1", "db.password=a=b c", "--use-auth-token", "--url=https://a:b@c"),
        *("+model.secret=x", TOKENS["AWS"], "token.txt", "--password-file", "/etc/pw"),
    ]
    assert masker.mask_command(given) == [
        *("--password", "***", "--api-key=***", "--max-token", "5", "--hf-token", "***"),
        *("--lr", "1", "db.password=***", "--use-auth-token", "--url=https://a:***@c"),
        *("+model.secret=***", "***", "token.txt", "--password-file", "/etc/pw"),
    ]


KEY = ["-----BEGIN RSA PRIVATE KEY-----", "MIIEpAIBAAKCAQEA", "c2VjcmV0"]
END = "-----END RSA PRIVATE KEY-----"


def test_a_private_key_of_several_lines_in_any_pieces() -> None:
    lines = ["before", *KEY, END, "after"]
    shown = ["before", "***", "***", "***", "***", "after"]

    whole = LineMasker(masker.mask)
    assert whole.mask("\n".join(lines) + "\n") == "\n".join(shown) + "\n"
    single = LineMasker(masker.mask)
    assert [single.mask(line) for line in lines] == shown


def test_a_private_key_in_one_line() -> None:
    text = '{"private_key": "' + "\\n".join([*KEY, END]) + '", "id": 1}'

    assert LineMasker(masker.mask_shapes).mask(text) == '{"private_key": "***", "id": 1}'


def test_a_key_that_does_not_end_does_not_hide_everything() -> None:
    lines = LineMasker(masker.mask)
    shown = [lines.mask(line) for line in [KEY[0], *["text"] * 300]]

    assert shown[100] == "***"
    assert shown[-1] == "text"


@pytest.mark.parametrize(
    "text",
    [
        *("a" * 300_000, "a-" * 150_000, "password" * 30_000, "=:" * 150_000, "://" * 100_000),
        *("x." * 150_000 + "token", "https://" * 30_000, "eyJ" * 100_000, "-----BEGIN " * 30_000),
    ],
    ids=lambda text: text[:6],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    masker.mask(text)

    assert time.process_time() - began < 5  # a pattern that goes back and forth takes minutes
