import { ActionIcon } from "@mantine/core";
import { IconFilter, IconX } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useActions } from "@/app/actions";
import type { CallError } from "@/api/client";
import type { RunKeys } from "@/api/types";
import { useStore } from "@/data/store";
import { useNarrow } from "@/data/window";
import { useExperimentState } from "../state";
import { completeFilter, type Offer } from "./completion";
import { joinConditions } from "./conditions";
import { filterDraft } from "./draft";
import { cutTokens, isWhole, placeAt, readMistake } from "./language";
import { useValues } from "./values";
import classes from "./FilterField.module.css";

const PAUSE = 250;

interface FilterFieldProps {
  keys: RunKeys | undefined;
  /** What the server says of the filter that stands in the URL. */
  error: CallError | null;
}

/** One line in which the filter is written: it completes, answers while it is typed, and shows what is wrong. */
export function FilterField({ keys, error }: FilterFieldProps) {
  const { search, change } = useExperimentState();
  const sent = search.filter ?? "";
  const isNarrow = useNarrow();
  const [text, setText] = useState(sent);
  const [caret, setCaret] = useState(0);
  const [isOpen, setIsOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const [isLeft, setIsLeft] = useState(true);
  const [shift, setShift] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const listId = useId();
  const wish = useStore(filterDraft.wish);
  const values = useValues(isOpen ? placeAt(text, caret) : null);
  const offers = useMemo(() => (isOpen ? completeFilter(text, caret, keys, values) : []), [isOpen, text, caret, keys, values]);

  // What others have put into the URL is taken; what is being written is not disturbed by its own
  // echoes, of which several may be under way.
  const echoes = useRef<string[]>([]);
  useEffect(() => {
    const at = echoes.current.indexOf(sent);
    if (at < 0) setText(sent);
    else echoes.current.splice(0, at + 1);
  }, [sent]);

  const send = (filter: string): void => {
    const whole = filter.trim();
    if (whole === sent) return;
    echoes.current.push(whole);
    change({ filter: whole || undefined });
  };
  useEffect(() => {
    if (text.trim() === sent || !isWhole(text)) return;
    const timer = setTimeout(() => send(text), PAUSE);
    return () => clearTimeout(timer);
  });

  // Where the caret must stand once the text that `edit` set is in the field: before the next key is
  // heard, since a caret that jumps later would put what is typed quickly into the wrong place.
  const jump = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (jump.current === null) return;
    input.current?.focus();
    input.current?.setSelectionRange(jump.current, jump.current);
    jump.current = null;
  });
  const edit = (next: string, place: number): void => {
    jump.current = place;
    setText(next);
    setCaret(place);
    setChosen(-1);
    setIsOpen(true);
  };
  useEffect(() => {
    if (!wish) return;
    const begun = isWhole(text) && text.trim() ? `${joinConditions(text.trim(), "\0").slice(0, -1)}${wish.field} ` : `${wish.field} `;
    // After the menu that asked for it has given the focus back.
    setTimeout(() => edit(begun, begun.length), 120);
    // Only a new wish begins a condition.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [wish]);

  useActions([{ id: "filter", label: "Filter the runs", keys: "/", section: "Runs", run: () => input.current?.focus() }]);

  const take = ({ insert, start, end }: Offer): void => {
    const next = text.slice(0, start) + insert + text.slice(end).trimStart();
    edit(next, start + insert.length);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && isOpen && offers.length) setChosen((chosen + by + offers.length + (chosen < 0 && by < 0 ? 1 : 0)) % offers.length);
    else if (by) setIsOpen(true);
    else if (event.key === "Tab" && isOpen && offers.length && !event.shiftKey && placeAt(text, caret).token) take(offers[Math.max(0, chosen)]!);
    else if (event.key === "Enter" && isOpen && chosen >= 0) take(offers[chosen]!);
    else if (event.key === "Enter" && isOpen && offers.at(-1)?.label.startsWith("Name contains")) take(offers.at(-1)!);
    else if (event.key === "Enter") {
      send(text);
      setIsOpen(false);
      setIsLeft(true);
    } else if (event.key === "Escape" && isOpen && offers.length) setIsOpen(false);
    else if (event.key === "Escape") input.current?.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const look = (): void => {
    setCaret(input.current!.selectionStart ?? 0);
    setShift(input.current!.scrollLeft);
  };
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const mistake = findMistake(text, sent, error, isLeft);
  return (
    <div className={classes.field} data-wrong={mistake ? true : undefined}>
      <IconFilter size={14} className={classes.icon} aria-hidden />
      <div className={classes.line}>
        {mistake && (
          <div className={classes.under} aria-hidden style={{ transform: `translateX(${-shift}px)` }}>
            {text.slice(0, mistake.start)}
            <mark>{text.slice(mistake.start, mistake.end) || " "}</mark>
          </div>
        )}
        <input
          ref={input}
          className={classes.input}
          placeholder={isNarrow ? "Filter the runs" : "Filter: metrics.loss < 0.3 AND params.model = 'vit'"}
          aria-label="Filter"
          role="combobox"
          aria-expanded={isOpen && offers.length > 0}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={chosen >= 0 && isOpen ? `${listId}-${chosen}` : undefined}
          aria-invalid={mistake ? true : undefined}
          aria-describedby={mistake ? `${listId}-mistake` : undefined}
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setCaret(event.currentTarget.selectionStart ?? 0);
            setShift(event.currentTarget.scrollLeft);
            setChosen(-1);
            setIsOpen(true);
            setIsLeft(false);
          }}
          onSelect={look}
          onScroll={look}
          onKeyDown={onKeyDown}
          onFocus={() => setIsOpen(true)}
          onBlur={() => {
            setIsOpen(false);
            setIsLeft(true);
          }}
        />
      </div>
      {text && (
        <ActionIcon
          aria-label="Clear the filter"
          onClick={() => {
            setText("");
            send("");
            input.current?.focus();
          }}
        >
          <IconX size={13} />
        </ActionIcon>
      )}
      {isOpen && offers.length > 0 && (
        <ul className={classes.offers} id={listId} role="listbox" aria-label="Completions" ref={list}>
          {offers.map((offer, at) => (
            <li
              key={offer.label}
              id={`${listId}-${at}`}
              role="option"
              aria-selected={at === chosen}
              className={classes.offer}
              onPointerDown={(event) => {
                event.preventDefault();
                take(offer);
              }}
            >
              <span>{offer.label}</span>
              <span className={classes.detail}>{offer.detail}</span>
            </li>
          ))}
        </ul>
      )}
      {mistake && !(isOpen && offers.length > 0) && (
        <p className={classes.mistake} id={`${listId}-mistake`} role="status">
          {mistake.text}
        </p>
      )}
    </div>
  );
}

/** Returns what is wrong with the text: what the server found, or that it ends too early once it was left so. */
function findMistake(text: string, sent: string, error: CallError | null, isLeft: boolean): { text: string; start: number; end: number } | null {
  if (error && error.status >= 400 && error.status < 500 && text.trim() === sent && sent) {
    const begin = text.length - text.trimStart().length;
    const { text: words, at } = readMistake(error.message, sent.length);
    const start = at === null ? 0 : begin + at;
    const token = cutTokens(text).find((one) => one.start <= start && start < one.end);
    return { text: words, start, end: at === null ? text.length : Math.max(start + 1, token?.end ?? start + 1) };
  }
  if (isLeft && text.trim() && !isWhole(text)) return { text: "The filter ends too early: it goes on here", start: text.length, end: text.length };
  return null;
}
