/** Measures importance beside the page, which goes on meanwhile. */

import { type ImportanceRequest, measureImportance } from "./importance";

self.onmessage = ({ data }: MessageEvent<ImportanceRequest>) => {
  self.postMessage(measureImportance(data));
};
