"""The journal of log calls: files in which they are safe until the store has them.

It knows files and bytes, no stores and no threads that ship. What is seldom needed is imported from
its module: `archive`, `places`, `rejected`.
"""

from __future__ import annotations

from headrace.client.journal.batch import Batch
from headrace.client.journal.header import Header, Origin, read_header
from headrace.client.journal.journal import Journal
from headrace.client.journal.ownership import AdoptedJournal, FoundJournal, adopt, find_journals
from headrace.client.journal.reader import JournalReader
from headrace.client.journal.state import State, note, read_note

__all__ = [
    "AdoptedJournal",
    "Batch",
    "FoundJournal",
    "Header",
    "Journal",
    "JournalReader",
    "Origin",
    "State",
    "adopt",
    "find_journals",
    "note",
    "read_header",
    "read_note",
]
