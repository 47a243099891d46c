/**
 * Asks for what the first page shows while the code that draws it is still on its way.
 *
 * This is a file of its own, which the browser runs first: it needs nothing that draws.
 */

import { prefetchCall } from "@/api/live";
import { experimentsRequest } from "@/pages/experiment/experiments-request";
import { readAhead, readViews } from "@/pages/experiment/reading-ahead";
import { parseExperimentUrl } from "@/pages/experiment/search";

const EXPERIMENT = /^#\/experiments\/([^/?]+)(\?.*)?$/;

/** Resolves when the page that the URL names can be drawn with all that it shows at first, or with why it cannot. */
export const firstRead: Promise<unknown> = Promise.allSettled([
  prefetchCall("server_info", {}),
  prefetchCall("whoami", {}),
  prefetchCall("search_experiments", experimentsRequest(false)),
  readPage(EXPERIMENT.exec(location.hash)),
]);

async function readPage(named: RegExpExecArray | null): Promise<void> {
  if (!named) return;
  const id = decodeURIComponent(named[1]!);
  const url = parseExperimentUrl(parseSearch(named[2] ?? ""));
  await Promise.all([readViews(id, url), readAhead(id, url)]);
}

/** Returns what the router will read in a URL; where it sees something else, the page asks for that by itself. */
function parseSearch(text: string): Record<string, unknown> {
  return Object.fromEntries([...new URLSearchParams(text)].map(([name, value]) => [name, parseValue(value)]));
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
