import { ActionIcon, Menu, SegmentedControl } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { fetchCall, useCall } from "@/api/live";
import { useCalls } from "@/api/several";
import { notifyFailure } from "@/app/notices";
import { saveCsv, savePng, saveSvg } from "@/charts/save";
import { Failure } from "@/components/Failure";
import { drawGraph } from "./drawing";
import { type Answer, type Fold, type Graph, keyOf, type Kind, linksOf, mergeAnswers } from "./graph";
import { LineageCanvas } from "./LineageCanvas";
import { LineageList } from "./LineageList";
import classes from "./LineageView.module.css";
import { type LineageSearch, NEIGHBORS, type Opened, readOpened, requestsOf, withOpened } from "./search";
import { graphSvg } from "./svg";
import { counted, ICONS, linkLabel, nodeName } from "./words";

interface LineageViewProps {
  kind: Kind;
  /** As the call takes it: of a version `NAME/VERSION`. */
  id: string;
}

/** Lineage does not change at every step of a training. */
const EVERY = 15_000;

/** So many neighbours more come at a click. */
const MORE = 50;

const NONE: string[] = [];

const KIND_ORDER: readonly Kind[] = ["dataset", "run", "logged_model", "model_version"];

/** What a thing came from and what came from it: as a graph, or as a list. */
export function LineageView({ kind, id }: LineageViewProps) {
  const base = useCall("get_lineage", { kind, id, max_neighbors: NEIGHBORS }, { every: EVERY, keep: false });
  const { opened: texts = NONE, as: form = "graph" } = useSearch({ strict: false }) as LineageSearch;
  const navigate = useNavigate();
  const opened = useMemo(() => texts.flatMap((text) => readOpened(text) ?? []), [texts]);
  const requests = useMemo(() => opened.flatMap(requestsOf), [opened]);
  const answers = useCalls("get_lineage", requests);
  const around = useMemo(() => new Set(opened.flatMap((one) => (one.side ? [] : [keyOf(one)]))), [opened]);
  const graph = useMemo(() => {
    const more = answers.flatMap((answer, at): Answer[] => (answer ? [{ lineage: answer.lineage, skip: requests[at]?.skip ?? 0 }] : []));
    return base.data && mergeAnswers([{ lineage: base.data.lineage, skip: 0 }, ...more]);
  }, [base.data, answers, requests]);
  const drawing = useMemo(() => graph && drawGraph(graph), [graph]);
  const show = (search: LineageSearch): void => void navigate({ to: ".", search: (before: object) => ({ ...before, ...search }) } as { to: "." });
  const open = async (one: Opened): Promise<void> => {
    try {
      await Promise.all(requestsOf(one).map((request) => fetchCall("get_lineage", request)));
      show({ opened: withOpened(texts, one) });
    } catch (error) {
      notifyFailure(error);
    }
  };
  const openFold = ({ of, relation, downstream, shown }: Fold): Promise<void> => {
    const { kind, id } = graph!.nodes.get(of)!;
    return open({ kind: kind as Kind, id, side: { relation, downstream, count: shown + MORE } });
  };
  const openAround = (key: string): Promise<void> => {
    const { kind, id } = graph!.nodes.get(key)!;
    return open({ kind: kind as Kind, id });
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
          onChange={(value) => show({ as: value === "list" ? value : undefined } as LineageSearch)}
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
