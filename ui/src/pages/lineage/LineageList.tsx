import { Link } from "@tanstack/react-router";
import table from "@/components/Table.module.css";
import type { LineageDrawing } from "./drawing";
import type { Fold, Graph, Kind, Link as GraphLink } from "./graph";
import classes from "./LineageView.module.css";
import { foldName, ICONS, KINDS, linkLabel, nodeFacts, nodeName, pageOf } from "./words";

interface LineageListProps {
  graph: Graph;
  drawing: LineageDrawing;
  onFold: (fold: Fold) => void;
}

/** The graph as a table: what there is, what it came from, and what came from it. */
export function LineageList({ graph, drawing: { places }, onFold }: LineageListProps) {
  const keys = [...graph.nodes.keys()].sort((one, other) => places.get(one)!.layer - places.get(other)!.layer || places.get(one)!.row - places.get(other)!.row);
  const into = new Map<string, GraphLink[]>();
  for (const link of graph.links.values()) into.set(link.target, [...(into.get(link.target) ?? []), link]);
  return (
    <div className={classes.list} tabIndex={0} role="region" aria-label="Lineage">
      <table className={`${table.table} ${table.stacked}`}>
        <thead>
          <tr>
            <th>Kind</th>
            <th>Name</th>
            <th>Came from</th>
            <th className={classes.else}>What else</th>
            <th>Not shown</th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => {
            const node = graph.nodes.get(key)!;
            const page = pageOf(node);
            const Icon = ICONS[node.kind as Kind];
            const labels = [node.stage === "None" ? "" : node.stage, ...(node.aliases ?? []).map((alias) => `@${alias}`)].filter(Boolean).join(" ");
            return (
              <tr key={key} data-present={key === graph.start || undefined}>
                <td>
                  <span className={classes.kind} data-kind={node.kind}>
                    <Icon size={14} /> {KINDS[node.kind as Kind][0]}
                  </span>
                </td>
                <td>
                  {page ? (
                    <Link {...(page as { to: "/" })} preload={false} aria-current={key === graph.start ? "page" : undefined}>
                      {nodeName(node)}
                    </Link>
                  ) : (
                    nodeName(node)
                  )}
                </td>
                <td>
                  {(into.get(key) ?? []).map((link) => (
                    <div key={link.key}>
                      {nodeName(graph.nodes.get(link.source)!)} <span className={table.quiet}>{linkLabel(link)}</span>
                    </div>
                  ))}
                </td>
                <td className={`${table.quiet} ${classes.else}`}>{[labels, nodeFacts(node)].filter(Boolean).join(" · ")}</td>
                <td>
                  {graph.folds
                    .filter(({ of }) => of === key)
                    .map((fold) => (
                      <button key={fold.key} type="button" className={classes.more} onClick={() => onFold(fold)}>
                        {foldName(fold)}
                      </button>
                    ))}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
