import { ActionIcon, Menu, SegmentedControl } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { call } from "@/api/client";
import { useCall } from "@/api/live";
import type { GetLineage } from "@/api/types";
import { notifyFailure } from "@/app/notices";
import { saveCsv, savePng, saveSvg } from "@/charts/save";
import { Failure } from "@/components/Failure";
import { drawGraph } from "./drawing";
import { type Answer, type Fold, type Graph, keyOf, type Kind, linksOf, mergeAnswers } from "./graph";
import { LineageCanvas } from "./LineageCanvas";
import { LineageList } from "./LineageList";
import classes from "./LineageView.module.css";
import { graphSvg } from "./svg";
import { counted, ICONS, linkLabel, nodeName } from "./words";

interface LineageViewProps {
  kind: Kind;
  /** As the call takes it: of a version `NAME/VERSION`. */
  id: string;
}

/** Lineage does not change at every step of a training. */
const EVERY = 15_000;

/** So many neighbours of a node come at first. */
const NEIGHBORS = 12;

/** So many neighbours more come at a click, and so many a call gives at most. */
const MORE = 50;
const MOST = 1_000;

const KIND_ORDER: readonly Kind[] = ["dataset", "run", "logged_model", "model_version"];

/** What a thing came from and what came from it: as a graph, or as a list. */
export function LineageView({ kind, id }: LineageViewProps) {
  const base = useCall("get_lineage", { kind, id, max_neighbors: NEIGHBORS }, { every: EVERY, keep: false });
  const [opened, setOpened] = useState<readonly Answer[]>([]);
  const [around, setAround] = useState<ReadonlySet<string>>(new Set());
  const [form, setForm] = useState<"graph" | "list">("graph");
  const graph = useMemo(() => base.data && mergeAnswers([{ lineage: base.data.lineage, skip: 0 }, ...opened]), [base.data, opened]);
  const drawing = useMemo(() => graph && drawGraph(graph), [graph]);
  const open = async (request: GetLineage): Promise<void> => {
    try {
      const { lineage } = await call("get_lineage", request);
      setOpened((before) => [...before, { lineage, skip: request.skip ?? 0 }]);
    } catch (error) {
      notifyFailure(error);
    }
  };
  const openFold = ({ of, relation, downstream, shown }: Fold): Promise<void> => {
    const { kind: near, id: nearId } = graph!.nodes.get(of)!;
    const wanted = shown + MORE;
    return open({
      kind: near,
      id: nearId,
      relation,
      direction: downstream ? "downstream" : "upstream",
      depth: 2,
      max_neighbors: Math.min(wanted, MOST),
      max_nodes: 2_000,
      skip: Math.max(0, wanted - MOST),
    });
  };
  const openAround = (key: string): Promise<void> => {
    const { kind: near, id: nearId } = graph!.nodes.get(key)!;
    setAround((before) => new Set([...before, key]));
    return open({ kind: near, id: nearId, depth: 1, max_neighbors: NEIGHBORS });
  };
  if (base.error && !base.data) {
    return (
      <div className={classes.error}>
        <Failure error={base.error} />
      </div>
    );
  }
  if (!graph || !drawing) return <div className={classes.view} aria-busy />;
  const name = nodeName(graph.nodes.get(graph.start)!);
  const exports = { svg: () => graphSvg(graph, drawing), rows: () => rowsOf(graph) };
  return (
    <div className={classes.view}>
      <div className={classes.bar}>
        <ul className={classes.legend} aria-label="What is shown">
          {KIND_ORDER.map((one) => {
            const count = [...graph.nodes.values()].filter((node) => node.kind === one).length;
            const Icon = ICONS[one];
            return (
              count > 0 && (
                <li key={one} data-kind={one}>
                  <Icon size={14} />
                  {counted(one, count)}
                </li>
              )
            );
          })}
        </ul>
        <SegmentedControl
          size="xs"
          value={form}
          aria-label="How lineage is shown"
          data={[
            { value: "graph", label: "Graph" },
            { value: "list", label: "List" },
          ]}
          onChange={(value) => setForm(value as "graph" | "list")}
        />
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon aria-label="Save the graph">
              <IconDownload size={15} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => void savePng(`${name} lineage`, exports)}>PNG</Menu.Item>
            <Menu.Item onClick={() => void saveSvg(`${name} lineage`, exports)}>SVG</Menu.Item>
            <Menu.Item onClick={() => saveCsv(`${name} lineage`, exports)}>CSV</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      {form === "graph" ? (
        <LineageCanvas key={keyOf({ kind, id })} graph={graph} drawing={drawing} around={around} onFold={(fold) => void openFold(fold)} onAround={(key) => void openAround(key)} />
      ) : (
        <LineageList graph={graph} drawing={drawing} onFold={(fold) => void openFold(fold)} />
      )}
    </div>
  );
}

/** Returns the links as rows of texts. */
function rowsOf(graph: Graph): string[][] {
  const name = (key: string): string[] => {
    const node = graph.nodes.get(key);
    return node ? [node.kind, node.id, nodeName(node)] : [];
  };
  const shown = linksOf(graph).filter(({ source, target }) => graph.nodes.has(source) && graph.nodes.has(target));
  return [
    ["source_kind", "source_id", "source", "relation", "target_kind", "target_id", "target"],
    ...shown.map((link) => [...name(link.source), linkLabel(link), ...name(link.target)]),
  ];
}
