import { Kbd, Modal, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconBox, IconBolt, IconFlask, IconPlayerPlay, IconWebhook } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useCall } from "@/api/live";
import { useFocusBack } from "@/components/Dialog";
import { useStore } from "@/data/store";
import { keyName, offers, overlay, paletteText } from "./actions";
import { matchScore, quoteText } from "./matching";
import classes from "./Palette.module.css";

interface Entry {
  id: string;
  label: string;
  kind: string;
  icon: ReactNode;
  keys?: string;
  run: () => void;
}

const SHOWN = 40;

const PARTS = { inner: classes.place!, content: classes.box! };

/** One field that finds everything: what can be done here, experiments, runs and models. */
export default function Palette() {
  const text = useStore(paletteText);
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const entries = useEntries(text);
  const at = Math.min(chosen, entries.length - 1);
  useFocusBack();
  useEffect(() => () => paletteText.set(""), []);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const take = (entry: Entry | undefined): void => {
    if (!entry) return;
    overlay.set(null);
    entry.run();
  };
  const onKey = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && entries.length) setChosen((at + by + entries.length) % entries.length);
    else if (event.key === "Enter") take(entries[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal opened onClose={() => overlay.set(null)} withCloseButton={false} size={560} padding={0} yOffset="12vh" classNames={PARTS} aria-label="Search everything">
      <TextInput
        data-autofocus
        size="md"
        variant="unstyled"
        className={classes.field!}
        placeholder="Search runs, experiments, models and actions"
        aria-label="Search everything"
        role="combobox"
        aria-expanded
        aria-controls="palette-entries"
        aria-activedescendant={entries[at] && `palette-${at}`}
        value={text}
        onChange={(event) => {
          paletteText.set(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
      />
      <ul id="palette-entries" role="listbox" aria-label="Found" ref={list} className={classes.entries}>
        {entries.map((entry, index) => (
          <li
            key={entry.id}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === at}
            className={classes.entry}
            onClick={() => take(entry)}
            onPointerMove={() => setChosen(index)}
          >
            {entry.icon}
            <span className={classes.label}>{entry.label}</span>
            {entry.keys ? <Kbd size="xs">{keyName(entry.keys)}</Kbd> : <span className={classes.kind}>{entry.kind}</span>}
          </li>
        ))}
        {entries.length === 0 && <li className={classes.nothing}>Nothing has this name.</li>}
      </ul>
    </Modal>
  );
}

/** Returns what fits a text, the best first. */
function useEntries(text: string): Entry[] {
  const navigate = useNavigate();
  const [settled] = useDebouncedValue(text.trim(), 120);
  const actions = useStore(offers).flat();
  const experiments = useCall("search_experiments", { max_results: 1000 }).data?.experiments ?? [];
  const models = useCall("search_registered_models", { max_results: 100, ...(settled ? { filter: `name ILIKE ${quoteText(`%${settled}%`)}` } : {}) });
  const asks = settled.length > 1 && experiments.length > 0;
  const runs = useCall(
    "search_runs",
    {
      experiment_ids: experiments.slice(0, 200).map(({ experiment_id }) => experiment_id),
      filter: `run_name ILIKE ${quoteText(`%${settled}%`)} OR run_id LIKE ${quoteText(`${settled}%`)}`,
      max_results: 12,
      fields: [],
    },
    { enabled: asks, every: false },
  );
  const found: Entry[] = [
    ...actions
      .filter(({ silent }) => !silent)
      .map((action) => ({ ...action, id: `action ${action.id}`, kind: "Action", icon: <IconBolt size={15} /> })),
    { id: "page models", label: "Models", kind: "Page", icon: <IconBox size={15} />, run: () => void navigate({ to: "/models" }) },
    { id: "page webhooks", label: "Webhooks", kind: "Page", icon: <IconWebhook size={15} />, run: () => void navigate({ to: "/webhooks" }) },
    ...experiments.map(({ experiment_id, name }) => ({
      id: `experiment ${experiment_id}`,
      label: name,
      kind: "Experiment",
      icon: <IconFlask size={15} />,
      run: () => void navigate({ to: "/experiments/$experimentId", params: { experimentId: experiment_id }, search: {} }),
    })),
    ...(models.data?.registered_models ?? []).map(({ name }) => ({
      id: `model ${name}`,
      label: name,
      kind: "Model",
      icon: <IconBox size={15} />,
      run: () => void navigate({ to: "/models/$name", params: { name } }),
    })),
  ].filter(({ label }) => matchScore(text, label) > 0);
  found.sort((a, b) => matchScore(text, b.label) - matchScore(text, a.label));
  const foundRuns: Entry[] = (asks ? (runs.data?.runs ?? []) : []).map(({ info }) => ({
    id: `run ${info.run_id}`,
    label: info.run_name || info.run_id,
    kind: "Run",
    icon: <IconPlayerPlay size={15} />,
    run: () =>
      void navigate({
        to: "/experiments/$experimentId/runs/$runId",
        params: { experimentId: info.experiment_id, runId: info.run_id },
      }),
  }));
  return [...found.slice(0, SHOWN - foundRuns.length), ...foundRuns];
}
