/** The events that a webhook may wait for, in people's words. */

import type { EventName, Webhook } from "@/api/types";

export interface EventGroup {
  title: string;
  /** Each event's name, such as `run.finished`, with when it happens. */
  events: readonly (readonly [string, string])[];
}

export const EVENT_GROUPS: readonly EventGroup[] = [
  {
    title: "Runs",
    events: [
      ["run.created", "A run begins"],
      ["run.finished", "A run ends as finished"],
      ["run.failed", "A run ends as failed"],
      ["run.killed", "A run ends as killed"],
      ["run.deleted", "A run is deleted"],
      ["run.restored", "A deleted run is restored"],
    ],
  },
  {
    title: "Aliases and stages",
    events: [
      ["model_version_alias.created", "An alias is set on a version"],
      ["model_version_alias.deleted", "An alias is removed"],
      ["model_version_stage.set", "A version is moved into another stage"],
    ],
  },
  {
    title: "Versions of models",
    events: [
      ["model_version.created", "A version is registered"],
      ["model_version.updated", "A version's description changes"],
      ["model_version.deleted", "A version is deleted"],
      ["model_version_content.updated", "A version's files are recorded, or found to be others"],
      ["model_version_tag.set", "A tag of a version is set"],
      ["model_version_tag.deleted", "A tag of a version is removed"],
    ],
  },
  {
    title: "Registered models",
    events: [
      ["registered_model.created", "A model is created"],
      ["registered_model.updated", "A model's description changes"],
      ["registered_model.renamed", "A model gets another name"],
      ["registered_model.deleted", "A model is deleted"],
      ["registered_model_tag.set", "A tag of a model is set"],
      ["registered_model_tag.deleted", "A tag of a model is removed"],
    ],
  },
  {
    title: "Prompts",
    events: [
      ["prompt.created", "A prompt is created"],
      ["prompt_version.created", "A version of a prompt is created"],
      ["prompt_tag.set", "A tag of a prompt is set"],
      ["prompt_tag.deleted", "A tag of a prompt is removed"],
      ["prompt_version_tag.set", "A tag of a prompt's version is set"],
      ["prompt_version_tag.deleted", "A tag of a prompt's version is removed"],
      ["prompt_alias.created", "An alias is set on a prompt's version"],
      ["prompt_alias.deleted", "An alias of a prompt is removed"],
    ],
  },
];

const MEANINGS = new Map(EVENT_GROUPS.flatMap(({ events }) => events));

/** Returns when an event happens; its name where nobody has said it. */
export function describeEvent(name: string): string {
  return MEANINGS.get(name) ?? name;
}

/** Returns an event's name as people write it: `run.finished`. */
export function readEvent({ entity, action }: EventName): string {
  return `${entity}.${action}`.toLowerCase();
}

/** Returns an event as it travels. */
export function writeEvent(name: string): EventName {
  const [entity = "", action = ""] = name.toUpperCase().split(".");
  return { entity, action };
}

/** Returns the names of all events that a webhook waits for: MLflow's first, as the server keeps them. */
export function eventsOf({ events = [], headrace_events: own = [] }: Webhook): string[] {
  return [...events, ...own].map(readEvent);
}

/** Returns which of the chosen events are of runs, and which of models: a filter of the others means nothing. */
export function kindsOf(names: readonly string[]): { ofRuns: boolean; ofModels: boolean } {
  const runs = names.filter((name) => name.startsWith("run.")).length;
  return { ofRuns: runs > 0, ofModels: runs < names.length };
}
