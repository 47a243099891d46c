import { IconPlus } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { LineageNode } from "@/api/types";
import { RunStatus } from "@/components/RunStatus";
import { formatMoment } from "@/data/times";
import { NODE } from "./drawing";
import type { Kind } from "./graph";
import classes from "./LineageCanvas.module.css";
import { ICONS, KINDS, nodeFacts, nodeName, pageOf } from "./words";

interface LineageNodeCardProps {
  id: string;
  node: LineageNode;
  x: number;
  y: number;
  isPresent: boolean;
  onMark: (key: string | null) => void;
  /** Shows all that is around it; undefined if it is shown already. */
  onAround?: ((key: string) => void) | undefined;
}

/** A node of the graph: a link to its page. */
export const LineageNodeCard = memo(function LineageNodeCard({ id, node, x, y, isPresent, onMark, onAround }: LineageNodeCardProps) {
  const kind = node.kind as Kind;
  const Icon = ICONS[kind];
  const page = pageOf(node);
  const name = nodeName(node);
  const title = [`${KINDS[kind][0]} ${name}`, nodeFacts(node), node.time === undefined ? "" : formatMoment(node.time)].filter(Boolean).join("\n");
  const content = (
    <>
      <Icon size={16} className={classes.icon} aria-label={KINDS[kind][0]} />
      <span className={classes.words}>
        <span className={classes.name}>
          {node.kind === "run" && page && <RunStatus status={node.status ?? "RUNNING"} isLost={node.lost ?? false} />}
          <span>{node.name}</span>
          {node.version && <b>{node.version}</b>}
        </span>
        <span className={classes.facts}>{node.kind === "model_version" && page ? <VersionFacts node={node} /> : nodeFacts(node)}</span>
      </span>
    </>
  );
  return (
    <div
      className={classes.node}
      style={{ left: x, top: y, width: NODE.width, height: NODE.height }}
      data-key={id}
      data-kind={kind}
      data-present={isPresent || undefined}
      data-absent={!page || node.state === "deleted" || undefined}
      onPointerEnter={() => onMark(id)}
      onPointerLeave={() => onMark(null)}
    >
      {page ? (
        <Link {...(page as { to: "/" })} className={classes.open!} title={title} draggable={false} preload={false} aria-current={isPresent ? "page" : undefined}>
          {content}
        </Link>
      ) : (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the arrow keys go here too
        <span className={classes.open} title={title} tabIndex={0} role="note">
          {content}
        </span>
      )}
      {onAround && page && (
        <button type="button" className={classes.around} aria-label={`Show what is around ${name}`} title="Show what is around it" onClick={() => onAround(id)}>
          <IconPlus size={12} />
        </button>
      )}
    </div>
  );
});

function VersionFacts({ node: { stage, aliases = [] } }: { node: LineageNode }) {
  const isStaged = stage && stage !== "None";
  if (!isStaged && aliases.length === 0) return <>version</>;
  return (
    <>
      {isStaged && (
        <i className={classes.stage} data-stage={stage}>
          {stage}
        </i>
      )}
      {aliases.map((alias) => `@${alias}`).join(" ")}
    </>
  );
}
