/** What is known of a run as plain facts, each with a name, so that runs can be compared. */

import type { Float, Run, SessionContext } from "@/api/types";
import { formatBytes, toNumber } from "@/data/numbers";
import { formatDuration } from "@/data/times";

export type Fact = string | number;

/** The kinds of facts. */
export const GROUPS = ["Params", "Metrics", "System metrics", "Tags", "Run", "Code", "Command", "Python", "Packages", "Data", "Hardware", "Seeds"] as const;
export type Group = (typeof GROUPS)[number];

/** By kind; a kind of which nothing was recorded is not there. A single fact that nobody recorded is undefined. */
export type Facts = ReadonlyMap<Group, ReadonlyMap<string, Fact | undefined>>;

/** Fact of the group `Code` that a diff stands behind. */
export const CHANGES = "uncommitted changes";

/** The parts of a run's context that are compared; the text of the diff is fetched when somebody looks. */
export const PARTS = ["git", "command", "python", "packages", "hardware", "seeds"];

const OWN_TAGS = /^(mlflow|headrace)\./;

/**
 * Returns what is known of a run.
 *
 * Where a run has several sessions the first one counts that has what is compared.
 *
 * @param sessions Its contexts, the first one first; undefined while they are not known.
 */
export function factsOf(run: Run, sessions: readonly SessionContext[] | undefined): Facts {
  const facts = new Map<Group, Map<string, Fact | undefined>>();
  const put = (group: Group, entries: Iterable<readonly [string, Fact | null | undefined]> | null): void => {
    if (entries) facts.set(group, new Map([...entries].filter((entry): entry is [string, Fact] => entry[1] !== null && entry[1] !== undefined && entry[1] !== "")));
  };
  const { params = [], metrics = [], tags = [] } = run.data;
  const tag = (key: string): string | undefined => tags.find((one) => one.key === key)?.value;
  put("Params", params.map(({ key, value }) => [key, value]));
  put("Metrics", metrics.filter(({ key }) => !isSystem(key)).map(({ key, value }) => [key, number(value)]));
  if (metrics.some(({ key }) => isSystem(key))) put("System metrics", metrics.filter(({ key }) => isSystem(key)).map(({ key, value }) => [key, number(value)]));
  put("Tags", tags.filter(({ key }) => !OWN_TAGS.test(key)).map(({ key, value }) => [key, value]));
  const { start_time: start, end_time: end } = run.info;
  put("Run", [
    ["status", run.info.status.toLowerCase()],
    ["duration", start !== undefined && end !== undefined ? formatDuration(end - start) : undefined],
    ["user", run.info.user_id],
  ]);
  put("Data", dataOf(run));
  const git = part(sessions, "git");
  const diff = sessions?.flatMap(({ parts = [] }) => parts).find(({ name }) => name === "diff");
  if (git) {
    const changes = diff ? `${formatBytes(diff.size)}, ${diff.digest.slice(0, 12)}` : git.is_dirty === false ? "none" : git.is_dirty ? "some, not recorded" : undefined;
    put("Code", [["commit", text(git.commit)], ["branch", text(git.branch)], ["remote", text(git.remote)], ["script", text(git.script)]]);
    facts.get("Code")!.set(CHANGES, changes);
  } else if (tag("mlflow.source.git.commit")) {
    put("Code", [["commit", tag("mlflow.source.git.commit")], ["branch", tag("mlflow.source.git.branch")], ["remote", tag("mlflow.source.git.repoURL")]]);
    for (const name of ["branch", "remote", "script", CHANGES]) if (!facts.get("Code")!.has(name)) facts.get("Code")!.set(name, undefined);
  }
  const command = part(sessions, "command");
  if (command) {
    const given = Array.isArray(command.arguments) ? command.arguments.map(String).join(" ") : undefined;
    put("Command", [["entry", text(command.entry)], ["arguments", given], ["folder", text(command.folder)], ["processes", text(command.world_size)]]);
  } else if (tag("mlflow.source.name")) put("Command", [["entry", tag("mlflow.source.name")]]);
  const python = part(sessions, "python");
  if (python) {
    const version = [python.implementation, python.version].filter(Boolean).join(" ");
    put("Python", [["version", version], ["executable", text(python.executable)], ["system", text(python.os ?? python.platform)], ["machine", text(python.machine)]]);
  }
  const packages = part(sessions, "packages");
  if (packages) put("Packages", Object.entries(packages).map(([name, version]) => [name, text(version)]));
  const hardware = part(sessions, "hardware");
  if (hardware) put("Hardware", hardwareOf(hardware, sessions!));
  const seeds = part(sessions, "seeds");
  if (seeds) put("Seeds", Object.entries(seeds).map(([name, seed]) => [name, text(seed)]));
  return facts;
}

type Document = Record<string, unknown>;

/** Returns a part of the first session that has it; null if none has, or if nobody can read it. */
function part(sessions: readonly SessionContext[] | undefined, name: string): Document | null {
  for (const { parts = [] } of sessions ?? []) {
    const content = parts.find((one) => one.name === name)?.content;
    if (!content) continue;
    try {
      const read: unknown = JSON.parse(content);
      if (typeof read === "object" && read !== null && !Array.isArray(read)) return read as Document;
    } catch {
      continue; // a later version may write it otherwise
    }
  }
  return null;
}

function dataOf(run: Run): [string, string][] {
  const found = new Map<string, Set<string>>();
  const add = (name: string, value: string): void => {
    found.set(name, (found.get(name) ?? new Set()).add(value));
  };
  for (const { dataset, tags = [] } of run.inputs?.dataset_inputs ?? []) {
    const uses = tags.filter(({ key }) => key === "mlflow.data.context").map(({ value }) => value);
    const name = uses.length ? `${dataset.name} (${uses.join(", ")})` : dataset.name;
    add(name, `digest ${dataset.digest}`);
    if (dataset.source) add(`${name}, source`, dataset.source);
  }
  for (const { model_id } of run.inputs?.model_inputs ?? []) add("models", model_id);
  return [...found].map(([name, values]) => [name, [...values].sort().join(", ")]);
}

function hardwareOf(hardware: Document, sessions: readonly SessionContext[]): [string, string | undefined][] {
  const gpus = (Array.isArray(hardware.gpus) ? hardware.gpus : []) as { name?: string; memory?: number; driver?: string }[];
  const counts = new Map<string, number>();
  for (const { name = "unknown", memory } of gpus) {
    const model = memory ? `${name} (${formatBytes(memory)})` : name;
    counts.set(model, (counts.get(model) ?? 0) + 1);
  }
  return [
    ["host", sessions.find(({ host }) => host)?.host],
    ["CPU", text(hardware.cpu)],
    ["cores", text(hardware.cores)],
    ["usable cores", text(hardware.usable_cores)],
    ["memory", typeof hardware.memory === "number" ? formatBytes(hardware.memory) : undefined],
    ["GPUs", [...counts].map(([model, count]) => `${count} × ${model}`).join(", ")],
    ["GPU driver", [...new Set(gpus.flatMap(({ driver }) => (driver ? [driver] : [])))].join(", ")],
    ["CUDA", text(hardware.cuda)],
    ["BLAS", text(hardware.blas)],
  ];
}

function isSystem(metric: string): boolean {
  return metric.startsWith("system/");
}

function number(value: Float): number {
  return toNumber(value);
}

function text(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}
