"""Contexts and output of runs: recorded by journals, once and in order, and read by run."""

from __future__ import annotations

import threading
import time
from typing import Any

import msgspec
import pytest

from headrace.api import bulk
from headrace.api import tracking as api
from headrace.api.cleanup import CollectGarbage
from headrace.api.context import (
    AppendOutput,
    ContextPart,
    GetRunContext,
    GetRunContexts,
    GetRunOutput,
    RunOutput,
    SetContext,
)
from headrace.api.journals import JournalApplied, JournalEntry
from headrace.api.limits import (
    MAX_CHUNKS_PER_PAGE,
    MAX_CONTEXT_PART_SIZE,
    MAX_DIFF_SIZE,
    MAX_OUTPUT_CHUNK_SIZE,
    MAX_OUTPUT_SIZE,
)
from headrace.entities import CONTEXT_PARTS, Command, GitState, SessionContext
from headrace.stores.base import TrackingStore
from headrace.testing.stores.journals import INVALID, ensure, new_id, points, send, values
from headrace.testing.stores.make import get_run, make_experiment, make_run, refused

SESSION = "5e" * 16
DIFF = "--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-lr = 1\n+lr = 'zwölf \"🌊\" \0'\n"


def context(run_id: str, session: str = SESSION, **parts: Any) -> JournalEntry:
    """Return the recording of parts, each a text or what becomes one."""
    texts = {
        name: part if isinstance(part, str) else msgspec.json.encode(part).decode()
        for name, part in parts.items()
    }
    listed = [ContextPart(name, text) for name, text in texts.items()]
    return JournalEntry(set_context=SetContext(run_id=run_id, session=session, parts=listed))


def output(run_id: str, text: str, stream: str = "stdout", **fields: Any) -> JournalEntry:
    """Return the recording of a chunk of output, printed at 7 ms unless told otherwise."""
    fields = {"session": SESSION, "time": 7, **fields}
    return JournalEntry(
        append_output=AppendOutput(run_id=run_id, stream=stream, text=text, **fields)
    )


def read_context(store: TrackingStore, run_id: str, *parts: str) -> list[SessionContext]:
    """Return the context of each session."""
    return store.get_run_context(GetRunContext(run_id=run_id, parts=[*parts])).sessions


def read_output(store: TrackingStore, run_id: str, **fields: Any) -> RunOutput:
    """Return a page of output."""
    return store.get_run_output(GetRunOutput(run_id=run_id, **fields))


def texts(store: TrackingStore, run_id: str, **fields: Any) -> list[str]:
    """Return the texts of a page of output."""
    return [chunk.text for chunk in read_output(store, run_id, **fields).chunks]


def refusal_of(answer: JournalApplied) -> str:
    """Return the message of the only refusal of a batch, which is passed over."""
    [refusal] = answer.refused
    assert refusal.error_code == INVALID
    return refusal.message


class ContextSuite:
    """What a store of contexts and output must do."""

    # --- context ---------------------------------------------------------------------------------

    def test_a_context_comes_back(self, store: TrackingStore) -> None:
        run_id = new_id()
        git = GitState(commit="c0ffee", branch="main", is_dirty=True)
        command = Command(entry="train.py", arguments=["--lr", "1"], host="node-3")
        send(store, new_id(), 1, ensure(run_id, session=SESSION), context(run_id, git=git))

        send(store, new_id(), 1, context(run_id, command=command, seeds={"numpy": 3}, diff=DIFF))

        [session] = read_context(store, run_id)
        assert (session.session, session.host) == (SESSION, "node-3")
        assert [part.name for part in session.parts] == ["git", "diff", "command", "seeds"]
        assert (session.git, session.command, session.seeds) == (git, command, {"numpy": 3})
        assert (session.diff, session.packages) == (None, None)
        sizes = {part.name: part.size for part in session.parts}
        assert sizes["diff"] == len(DIFF.encode())
        assert abs(session.started_at / 1000 - time.time()) < 60

    def test_only_what_is_asked_for(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        command = Command(host="node-3")
        send(store, new_id(), 1, context(run_id, command=command, diff=DIFF, seeds={}))

        [session] = read_context(store, run_id, "diff", "seeds")

        assert (session.diff, session.seeds, session.command) == (DIFF, {}, None)
        assert (session.host, session.started_at) == ("node-3", 1000)

    def test_contexts_of_several_runs_share_their_texts(self, store: TrackingStore) -> None:
        runs = [make_run(store) for _ in range(3)]
        for run_id, seed in zip(runs[:2], (1, 2), strict=True):
            entry = context(run_id, command=Command(host="n"), seeds={"a": seed}, diff=DIFF)
            send(store, new_id(), 1, entry)
        asked = [runs[2], runs[1], "0" * 32, runs[0], runs[1]]

        answer = store.get_run_contexts(GetRunContexts(run_ids=asked, parts=["diff", "seeds"]))

        assert [run.run_id for run in answer.runs] == [runs[2], runs[1], runs[0]]
        assert answer.runs[0].sessions == []
        found = [
            [answer.contents.get(part.digest) for part in session.parts]
            for run in answer.runs
            for session in run.sessions
        ]
        assert found == [[DIFF, None, '{"a":2}'], [DIFF, None, '{"a":1}']]
        assert len(answer.contents) == 3
        session = answer.runs[1].sessions[0]
        assert (session.host, session.started_at, session.diff) == ("n", 1000, None)

    def test_bad_requests_for_contexts_are_refused(self, store: TrackingStore) -> None:
        for fields in ({"run_ids": ["x"] * 501}, {"run_ids": ["a\0b"]}, {"parts": ["tags"]}):
            with refused(INVALID):
                store.get_run_contexts(GetRunContexts(**({"run_ids": []} | fields)))

    def test_the_same_part_again(self, store: TrackingStore) -> None:
        run_id, journal = make_run(store), new_id()
        first, second = GitState(commit="a"), GitState(commit="b")
        send(store, journal, 1, context(run_id, git=first, seeds={"a": 1}))

        for _ in range(2):
            send(store, journal, 2, context(run_id, git=second), context(run_id, git=second))

        [session] = read_context(store, run_id)
        assert (session.git, session.seeds) == (second, {"a": 1})

    def test_each_session_has_its_own(self, store: TrackingStore) -> None:
        run_id, sessions = new_id(), [new_id() for _ in range(3)]
        for number, session in enumerate(sessions):
            entry = context(run_id, session, command=Command(rank=number), packages={"a": "1"})
            send(store, new_id(), 1, ensure(run_id, session=session), entry)

        found = read_context(store, run_id)

        ranks = {one.session: one.command.rank for one in found if one.command}
        assert ranks == {session: number for number, session in enumerate(sessions)}
        assert [one.started_at for one in found] == sorted(one.started_at for one in found)
        assert len({one.parts[-1].digest for one in found}) == 1

    def test_fields_that_nobody_here_knows_are_kept(self, store: TrackingStore) -> None:
        run_id, text = make_run(store), '{"commit":"a","worktree":{"x":[1]}}'
        send(store, new_id(), 1, context(run_id, git=text, command='{"host":{"name":"new"}}'))

        [session] = read_context(store, run_id)

        assert session.parts[0].content == text
        assert (session.git, session.host) == (GitState(commit="a"), None)
        assert session.command is None

    def test_a_large_diff(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        line = '+    "quoted": [1, 2, 3],\t\\n\n'
        diff = line * (MAX_DIFF_SIZE // len(line))
        diff += "x" * (MAX_DIFF_SIZE - len(diff))

        assert send(store, new_id(), 1, context(run_id, diff=diff)).refused == []

        [session] = read_context(store, run_id, "diff")
        assert session.diff == diff

    @pytest.mark.parametrize(
        ("parts", "words"),
        [
            ({"environment": "{}"}, ("parts[0].name", "'environment'", ", ".join(CONTEXT_PARTS))),
            ({"git": "{}", "": "{}"}, ("parts[1].name",)),
            ({"git": "commit c0ffee"}, ("parts[0].content", "JSON object")),
            ({"packages": '["numpy"]'}, ("parts[0].content", "JSON object")),
            ({"packages": "[" * 100_000}, ("parts[0].content", "JSON object")),
            (
                {"seeds": '{"a":"' + "ä" * (MAX_CONTEXT_PART_SIZE // 2) + '"}'},
                ("parts[0].content", "seeds", str(MAX_CONTEXT_PART_SIZE)),
            ),
            ({"diff": "x" * (MAX_DIFF_SIZE + 1)}, ("diff", str(MAX_DIFF_SIZE))),
        ],
    )
    def test_bad_parts(
        self, store: TrackingStore, parts: dict[str, str], words: tuple[str, ...]
    ) -> None:
        run_id = make_run(store)

        answer = send(store, new_id(), 1, context(run_id, **parts), points(run_id, "after", [1.0]))

        assert answer.applied == 2
        message = refusal_of(answer)
        for word in words:
            assert word in message
        assert len(message) < 1000
        assert read_context(store, run_id) == []
        assert values(store, run_id, "after") == [1.0]

    def test_it_shows_nowhere_else(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        before = get_run(store, run_id)

        send(store, new_id(), 1, context(run_id, diff=DIFF), output(run_id, "epoch 1\n"))

        assert get_run(store, run_id) == before

    # --- output ----------------------------------------------------------------------------------

    def test_output_comes_back_in_order(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        send(
            store,
            new_id(),
            1,
            output(run_id, "epoch 1\nepo", time=5),
            output(run_id, "warn\0ing: 🌊\n", "stderr", time=4),
            points(run_id, "m", [1.0]),
            output(run_id, "", time=6),
            output(run_id, "ch 2\n", time=6),
        )

        page = read_output(store, run_id)

        assert [(chunk.stream, chunk.time, chunk.text) for chunk in page.chunks] == [
            ("stdout", 5, "epoch 1\nepo"),
            ("stderr", 4, "warn\0ing: 🌊\n"),
            ("stdout", 6, "ch 2\n"),
        ]
        assert {chunk.session for chunk in page.chunks} == {SESSION}
        assert page.next == page.chunks[-1].id

    def test_output_of_a_batch_that_is_sent_again(self, store: TrackingStore) -> None:
        run_id, journal = make_run(store), new_id()
        batch = [output(run_id, f"{number}\n") for number in range(6)]

        for first, last in [(1, 3), (1, 3), (1, 6), (2, 5), (4, 6), (4, 6), (1, 6)]:
            send(store, journal, first, *batch[first - 1 : last])

        assert "".join(texts(store, run_id)) == "0\n1\n2\n3\n4\n5\n"

    def test_following_finds_each_chunk_once(self, store: TrackingStore) -> None:
        """While several sessions append, whose transactions run beside each other."""
        run_id, chunks, ranks = new_id(), 30, 4
        send(store, new_id(), 1, ensure(run_id))

        def print_all(rank: int) -> None:
            journal, session = new_id(), f"{rank:032x}"
            for number in range(chunks):
                chunk = output(run_id, f"{rank}.{number}\n", session=session)
                send(store, journal, 1 + 2 * number, points(run_id, f"m{rank}", [1.0]), chunk)

        threads = [threading.Thread(target=print_all, args=(rank,)) for rank in range(ranks)]
        for thread in threads:
            thread.start()
        found: list[str] = []
        after, is_whole = 0, False
        while not is_whole:
            is_whole = not any(thread.is_alive() for thread in threads)
            page = read_output(store, run_id, after=after)
            found += [chunk.text for chunk in page.chunks]
            after = page.next

        for rank in range(ranks):
            own = [text for text in found if text.startswith(f"{rank}.")]
            assert own == [f"{rank}.{number}\n" for number in range(chunks)]

    def test_pages(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        send(store, new_id(), 1, *(output(run_id, f"{number}") for number in range(70)))

        found, after, sizes = [], 0, []
        while True:
            page = read_output(store, run_id, after=after, limit=30)
            found += [chunk.text for chunk in page.chunks]
            sizes.append(len(page.chunks))
            if page.next == after:
                break
            after = page.next

        assert (found, sizes) == ([f"{number}" for number in range(70)], [30, 30, 10, 0])

    def test_pages_of_large_chunks(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        large = "x" * MAX_OUTPUT_CHUNK_SIZE
        send(store, new_id(), 1, *(output(run_id, large) for _ in range(3)))

        first = read_output(store, run_id)

        assert len(first.chunks) == 1
        assert len(read_output(store, run_id, after=first.next).chunks) == 1

    def test_one_stream_of_one_session(self, store: TrackingStore) -> None:
        run_id, other = make_run(store), new_id()
        send(
            store,
            new_id(),
            1,
            output(run_id, "a"),
            output(run_id, "b", session=other),
            output(run_id, "c", "stderr"),
            output(run_id, "d", "stderr", session=other),
        )

        assert texts(store, run_id, session=other) == ["b", "d"]
        assert texts(store, run_id, stream="stderr") == ["c", "d"]
        assert texts(store, run_id, stream="stdout", session=SESSION) == ["a"]
        # Chunks of others are not looked through again.
        whole = read_output(store, run_id)
        assert read_output(store, run_id, stream="stdout", session=SESSION).next == whole.next

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            (0, []),
            (1, ["5"]),
            (2, ["4\n", "5"]),
            (3, ["3 ", "and 3\n4\n", "5"]),
            (4, ["2\n3 ", "and 3\n4\n", "5"]),
            (5, ["1\n2\n3 ", "and 3\n4\n", "5"]),
            (10**15, ["1\n2\n3 ", "and 3\n4\n", "5"]),
        ],
    )
    def test_the_last_lines(self, store: TrackingStore, lines: int, expected: list[str]) -> None:
        run_id = make_run(store)
        chunks = ["1\n2\n3 ", "and 3\n4\n", "5"]
        send(store, new_id(), 1, *(output(run_id, chunk) for chunk in chunks))

        page = read_output(store, run_id, tail=lines)

        assert [chunk.text for chunk in page.chunks] == expected
        assert page.next == read_output(store, run_id).next

    def test_the_last_line_has_an_end(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        send(store, new_id(), 1, output(run_id, "1\n2\n"), output(run_id, "\n"))

        assert texts(store, run_id, tail=1) == ["\n"]
        assert texts(store, run_id, tail=2) == ["2\n", "\n"]

    def test_whether_it_is_over(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        send(store, new_id(), 1, output(run_id, "1"), output(run_id, "2"))
        assert read_output(store, run_id).is_over is False

        store.update_run(api.UpdateRun(run_id=run_id, status="FAILED"))

        assert read_output(store, run_id, limit=1).is_over is False
        assert read_output(store, run_id).is_over is True
        assert read_output(store, run_id, after=10**9).is_over is True
        assert read_output(store, run_id, tail=1).is_over is True

    def test_output_after_the_end(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        store.update_run(api.UpdateRun(run_id=run_id, status="FINISHED"))

        assert send(store, new_id(), 1, output(run_id, "bye")).refused == []

        assert texts(store, run_id) == ["bye"]

    def test_a_run_that_prints_too_much(self, store: TrackingStore) -> None:
        run_id, journal = make_run(store), new_id()
        large = "x" * (MAX_OUTPUT_CHUNK_SIZE - 1) + "\n"
        count = MAX_OUTPUT_SIZE // MAX_OUTPUT_CHUNK_SIZE
        for number in range(count - 1):
            send(store, journal, 1 + number, output(run_id, large))
        send(store, journal, count, output(run_id, "y" * 9))

        answer = send(store, journal, count + 1, output(run_id, large), output(run_id, large))

        assert (answer.applied, answer.refused) == (count + 2, [])
        [last] = texts(store, run_id, tail=1)
        assert f"{MAX_OUTPUT_SIZE // 1_000_000} MB" in last
        assert texts(store, run_id, tail=2) == ["x" * (MAX_OUTPUT_CHUNK_SIZE - 9) + "\n" + last]
        send(store, journal, count + 3, output(run_id, "more"))
        assert texts(store, run_id, tail=1) == [last]

    @pytest.mark.parametrize(
        ("fields", "word"),
        [
            ({"stream": "stdin"}, "stdout, stderr"),
            ({"stream": ""}, "stdout, stderr"),
            ({"session": "s"}, "session"),
            ({"session": "G" * 32}, "session"),
            ({"text": "x" * (MAX_OUTPUT_CHUNK_SIZE + 1)}, str(MAX_OUTPUT_CHUNK_SIZE)),
            ({"text": "ä" * MAX_OUTPUT_CHUNK_SIZE}, str(MAX_OUTPUT_CHUNK_SIZE)),
            ({"time": 2**63}, "64-bit"),
        ],
    )
    def test_bad_chunks(self, store: TrackingStore, fields: dict[str, Any], word: str) -> None:
        run_id = make_run(store)
        chunk = output(run_id, **{"text": "t", **fields})

        answer = send(store, new_id(), 1, chunk, output(run_id, "next"))

        assert word in refusal_of(answer)
        assert texts(store, run_id) == ["next"]

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"after": -1}, ("after", "-1")),
            ({"after": 2**63}, ("after",)),
            ({"limit": 0}, ("limit", str(MAX_CHUNKS_PER_PAGE))),
            ({"limit": MAX_CHUNKS_PER_PAGE + 1}, ("limit", str(MAX_CHUNKS_PER_PAGE))),
            ({"tail": -1}, ("tail", "-1")),
            ({"stream": "log"}, ("stream", "'log'", "stdout, stderr")),
            ({"session": "me"}, ("session", "32")),
        ],
    )
    def test_bad_questions(
        self, store: TrackingStore, fields: dict[str, Any], words: tuple[str, ...]
    ) -> None:
        run_id = make_run(store)

        with refused(INVALID, *words):
            read_output(store, run_id, **fields)
        with refused(INVALID, "parts[1]", "'diffs'", ", ".join(CONTEXT_PARTS)):
            read_context(store, run_id, "git", "diffs")

    # --- runs that are not there -----------------------------------------------------------------

    def test_a_run_that_is_not_known_holds_the_journal(self, store: TrackingStore) -> None:
        run_id, journal = new_id(), new_id()
        batch = (context(run_id, seeds={"a": 1}), output(run_id, "hello"))

        assert send(store, journal, 1, *batch).held == run_id
        send(store, new_id(), 1, ensure(run_id))
        assert send(store, journal, 1, *batch).applied == 2

        assert texts(store, run_id) == ["hello"]

    def test_reading_a_run_that_is_not_there(self, store: TrackingStore) -> None:
        for run_id in (new_id(), "nobody"):
            with refused("RESOURCE_DOES_NOT_EXIST", run_id):
                read_context(store, run_id)
            with refused("RESOURCE_DOES_NOT_EXIST", run_id):
                read_output(store, run_id)
        with refused(INVALID, "run_id"):
            read_context(store, "a\0b")
        with refused(INVALID, "run_id"):
            read_output(store, "a\0b")

    def test_a_run_without_any(self, store: TrackingStore) -> None:
        run_id = make_run(store)

        page = read_output(store, run_id, after=7)

        assert (page.chunks, page.next, page.is_over) == ([], 7, False)
        assert read_context(store, run_id) == []

    def test_a_deleted_run_is_read_and_not_written(self, store: TrackingStore) -> None:
        run_id, journal = make_run(store), new_id()
        send(store, journal, 1, context(run_id, seeds={"a": 1}), output(run_id, "kept"))
        store.delete_run(api.DeleteRun(run_id=run_id))

        answer = send(store, journal, 3, context(run_id, seeds={}), output(run_id, "refused"))

        assert [one.index for one in answer.refused] == [0, 1]
        assert all("deleted" in one.message for one in answer.refused)
        [session] = read_context(store, run_id)
        assert session.seeds == {"a": 1}
        page = read_output(store, run_id)
        assert ([chunk.text for chunk in page.chunks], page.is_over) == (["kept"], True)

    def test_deleted_for_good(self, store: TrackingStore) -> None:
        gone, kept = make_run(store), make_run(store)
        for run_id in (gone, kept):
            send(store, new_id(), 1, context(run_id, packages={"a": "1"}), output(run_id, "x"))
        send(store, new_id(), 1, context(gone, git=GitState(commit="only here")))
        store.delete_run(api.DeleteRun(run_id=gone))
        store.collect_garbage(CollectGarbage(run_ids=[gone]))

        with refused("RESOURCE_DOES_NOT_EXIST", gone):
            read_context(store, gone)
        with refused("RESOURCE_DOES_NOT_EXIST", gone):
            read_output(store, gone)
        [session] = read_context(store, kept)
        assert session.packages == {"a": "1"}
        assert texts(store, kept) == ["x"]
        late = send(store, new_id(), 1, output(gone, "late"), context(gone, seeds={}))
        assert (late.applied, len(late.refused)) == (2, 2)

    def test_a_moved_run_keeps_it(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        send(store, new_id(), 1, context(run_id, diff=DIFF), output(run_id, "before\n"))
        page = read_output(store, run_id)
        target = make_experiment(store, "target")

        store.move_runs(bulk.MoveRuns(run_ids=[run_id], to_experiment_id=target))

        send(store, new_id(), 1, output(run_id, "after\n"))
        [session] = read_context(store, run_id, "diff")
        assert session.diff == DIFF
        assert texts(store, run_id) == ["before\n", "after\n"]
        assert texts(store, run_id, after=page.next) == ["after\n"]
