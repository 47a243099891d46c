/** Experiments as a tree of folders: the parts of their names before each `/`. */

import type { Experiment } from "@/api/types";
import { matchScore } from "@/app/matching";

export interface FolderLine {
  kind: "folder";
  /** The names of all folders down to this one, joined by `/`. */
  path: string;
  label: string;
  depth: number;
  /** Number of experiments in it, at any depth. */
  count: number;
  isOpen: boolean;
}

export interface ExperimentLine {
  kind: "experiment";
  experiment: Experiment;
  label: string;
  depth: number;
}

export type Line = FolderLine | ExperimentLine;

interface Folder {
  path: string;
  label: string;
  folders: Map<string, Folder>;
  experiments: ExperimentLine[];
  count: number;
}

/**
 * Returns the lines of the sidebar.
 *
 * @param closed Paths of the folders whose content is not shown.
 * @param text What is searched for: then experiments whose names fit stand there without folders, the best first.
 */
export function layFolders(experiments: readonly Experiment[], closed: ReadonlySet<string>, text = ""): Line[] {
  if (text.trim()) return findExperiments(experiments, text);
  const root = makeFolder("", "");
  for (const experiment of experiments) {
    const parts = experiment.name.split("/");
    const label = parts.pop()!;
    const isPlain = label === "" || parts.some((part) => part === "");
    let folder = root;
    root.count++;
    for (const part of isPlain ? [] : parts) {
      let below = folder.folders.get(part);
      if (!below) folder.folders.set(part, (below = makeFolder(folder.path ? `${folder.path}/${part}` : part, part)));
      below.count++;
      folder = below;
    }
    folder.experiments.push({ kind: "experiment", experiment, label: isPlain ? experiment.name : label, depth: 0 });
  }
  const lines: Line[] = [];
  addLines(root, 0, closed, lines);
  return lines;
}

function makeFolder(path: string, label: string): Folder {
  return { path, label, folders: new Map(), experiments: [], count: 0 };
}

function addLines(folder: Folder, depth: number, closed: ReadonlySet<string>, lines: Line[]): void {
  for (const below of [...folder.folders.values()].sort(byLabel)) {
    const isOpen = !closed.has(below.path);
    lines.push({ kind: "folder", path: below.path, label: below.label, depth, count: below.count, isOpen });
    if (isOpen) addLines(below, depth + 1, closed, lines);
  }
  for (const line of folder.experiments.sort(byLabel)) lines.push({ ...line, depth });
}

function findExperiments(experiments: readonly Experiment[], text: string): Line[] {
  const found = experiments.flatMap((experiment) => {
    const score = matchScore(text, experiment.name);
    return score > 0 ? [{ experiment, score }] : [];
  });
  found.sort((a, b) => b.score - a.score || byName(a.experiment.name, b.experiment.name));
  return found.map(({ experiment }) => ({ kind: "experiment", experiment, label: experiment.name, depth: 0 }));
}

function byLabel(a: { label: string }, b: { label: string }): number {
  return byName(a.label, b.label);
}

function byName(a: string, b: string): number {
  return a.localeCompare(b, undefined, { numeric: true });
}
