import { ActionIcon, TextInput, Tooltip } from "@mantine/core";
import { IconChevronRight, IconDots, IconPlus, IconSearch, IconTrash } from "@tabler/icons-react";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { type MouseEvent, useMemo, useRef, useState } from "react";
import { useCall } from "@/api/live";
import type { Experiment } from "@/api/types";
import { useActions } from "@/app/actions";
import { useRights } from "@/app/session";
import classes from "./ExperimentList.module.css";
import { experimentsRequest } from "./experiments-request";
import { type Question, ExperimentDialogs, ExperimentMenu } from "./sidebar/ExperimentMenu";
import { closedFolders, toggleFolder } from "./sidebar/closed";
import { layFolders, type Line } from "./sidebar/folders";
import { useLinesInSight } from "./sidebar/sight";
import { useStore } from "@/data/store";
import { IS_TOUCHED } from "@/data/window";

const HEIGHT = IS_TOUCHED ? 40 : 28;
const NONE: Experiment[] = [];

/** The experiments in the sidebar: folders, a search, and what can be done with each. */
export function ExperimentList() {
  const [text, setText] = useState("");
  const [isOfDeleted, setIsOfDeleted] = useState(false);
  const [menu, setMenu] = useState<{ experiment: Experiment; box: DOMRect } | null>(null);
  const [dialog, setDialog] = useState<Question | null>(null);
  const { data } = useCall("search_experiments", experimentsRequest(isOfDeleted));
  const experiments = data?.experiments ?? NONE;
  const closed = useStore(closedFolders);
  const lines = useMemo(() => layFolders(experiments, closed, text), [experiments, closed, text]);
  const box = useRef<HTMLDivElement>(null);
  const [first, end] = useLinesInSight(box, lines.length, HEIGHT);
  const { experimentId = "" } = useParams({ strict: false });
  const shown = useMemo(() => new Set(experimentId.split(",")), [experimentId]);
  const { mayWrite, whyNot } = useRights();
  useActions(
    mayWrite ? [{ id: "experiments.create", label: "Create an experiment", section: "Experiments", run: () => setDialog({ kind: "create" }) }] : [],
  );
  return (
    <div className={classes.list}>
      <div className={classes.head}>
        <h2>{isOfDeleted ? "Deleted experiments" : "Experiments"}</h2>
        <Tooltip label={isOfDeleted ? "Show the active experiments" : "Show deleted experiments"}>
          <ActionIcon aria-label="Deleted experiments" aria-pressed={isOfDeleted} data-pressed={isOfDeleted || undefined} className={classes.toggle!} onClick={() => setIsOfDeleted(!isOfDeleted)}>
            <IconTrash size={14} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Create an experiment">
          <ActionIcon aria-label="Create an experiment" disabled={!mayWrite} title={mayWrite ? undefined : whyNot} onClick={() => setDialog({ kind: "create" })}>
            <IconPlus size={15} />
          </ActionIcon>
        </Tooltip>
      </div>
      <TextInput
        className={classes.search!}
        placeholder="Search experiments"
        aria-label="Search experiments"
        leftSection={<IconSearch size={13} />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && setText("")}
      />
      <nav className={classes.lines} ref={box} aria-label="Experiments">
        <ul style={{ height: lines.length * HEIGHT }}>
          {lines.slice(first, end).map((line, at) => (
            <li key={first + at} style={{ transform: `translateY(${(first + at) * HEIGHT}px)` }}>
              <SidebarLine line={line} shown={shown} isOfDeleted={isOfDeleted} onMenu={(experiment, box) => setMenu({ experiment, box })} />
            </li>
          ))}
        </ul>
        {data && lines.length === 0 && <p className={classes.nothing}>{text ? "No experiment has this name." : "There is none."}</p>}
      </nav>
      {menu && <ExperimentMenu {...menu} isOfDeleted={isOfDeleted} onDialog={setDialog} onClose={() => setMenu(null)} />}
      <ExperimentDialogs dialog={dialog} onClose={() => setDialog(null)} />
    </div>
  );
}

interface SidebarLineProps {
  line: Line;
  /** Ids of the experiments that the page shows. */
  shown: ReadonlySet<string>;
  isOfDeleted: boolean;
  onMenu: (experiment: Experiment, box: DOMRect) => void;
}

function SidebarLine({ line, shown, isOfDeleted, onMenu }: SidebarLineProps) {
  const navigate = useNavigate();
  const style = { paddingLeft: 8 + line.depth * 14 };
  if (line.kind === "folder") {
    return (
      <button type="button" className={classes.folder} style={style} aria-expanded={line.isOpen} onClick={() => toggleFolder(line.path)}>
        <IconChevronRight size={12} data-open={line.isOpen || undefined} />
        <span>{line.label}</span>
        <span className={classes.count}>{line.count}</span>
      </button>
    );
  }
  const { experiment_id: id, name } = line.experiment;
  const isShown = shown.has(id);
  /** With Ctrl the experiment comes to those that are shown, or leaves them. */
  const add = (event: MouseEvent): void => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const next = isShown ? [...shown].filter((one) => one !== id) : [...[...shown].filter(Boolean), id];
    if (next.length) void navigate({ to: "/experiments/$experimentId", params: { experimentId: next.join() }, search: {} });
  };
  return (
    <div
      className={classes.line}
      data-active={isShown || undefined}
      onContextMenu={(event) => {
        event.preventDefault();
        onMenu(line.experiment, event.currentTarget.getBoundingClientRect());
      }}
    >
      <Link
        to="/experiments/$experimentId"
        params={{ experimentId: id }}
        search={isOfDeleted ? { deleted: true } : {}}
        className={classes.link!}
        style={{ paddingLeft: style.paddingLeft + 16 }}
        aria-current={isShown ? "page" : undefined}
        title={name}
        onClick={add}
      >
        {line.label}
      </Link>
      <ActionIcon className={classes.more!} aria-label={`Menu of ${name}`} aria-haspopup="menu" onClick={(event) => onMenu(line.experiment, event.currentTarget.getBoundingClientRect())}>
        <IconDots size={14} />
      </ActionIcon>
    </div>
  );
}
