import { expect, it } from "vitest";
import type { Webhook, WebhookDelivery } from "@/api/types";
import { describeNextTry, describeState, headersOf, indentJson } from "./deliveries";
import { describeEvent, eventsOf, EVENT_GROUPS, kindsOf, readEvent, writeEvent } from "./events";
import { parseLogSearch } from "./search";

const WEBHOOK: Webhook = {
  webhook_id: "w",
  name: "alarm",
  url: "https://example.com",
  creation_timestamp: 0,
  last_updated_timestamp: 0,
  status: "ACTIVE",
  events: [{ entity: "MODEL_VERSION", action: "CREATED" }],
  headrace_events: [{ entity: "RUN", action: "FAILED" }],
  has_secret: true,
};
const DELIVERY: WebhookDelivery = { delivery_id: "d", webhook_id: "w", event: "run.failed", state: "pending", timestamp: 0, next_attempt: 9_000 };

it("writes each event as it reads it", () => {
  for (const [name, meaning] of EVENT_GROUPS.flatMap(({ events }) => events)) {
    expect(readEvent(writeEvent(name))).toBe(name);
    expect(describeEvent(name)).toBe(meaning);
  }
  expect(describeEvent("run.paused")).toBe("run.paused");
  expect(eventsOf(WEBHOOK)).toEqual(["model_version.created", "run.failed"]);
});

it("knows which filters mean something", () => {
  expect(kindsOf([])).toEqual({ ofRuns: false, ofModels: false });
  expect(kindsOf(["run.failed"])).toEqual({ ofRuns: true, ofModels: false });
  expect(kindsOf(["run.failed", "prompt.created"])).toEqual({ ofRuns: true, ofModels: true });
});

it("says how a delivery is, and when it is tried next", () => {
  const tried = { ...DELIVERY, attempts: [{ attempt: 1, timestamp: 5_500, status_code: 503, error: "no" }] };
  expect(describeState(DELIVERY, true)).toBe("Waits to be sent");
  expect(describeState(tried, true)).toBe("Waits for another try");
  expect(describeState(tried, false)).toBe("Paused with its webhook");
  expect(describeState({ ...tried, state: "failed" }, false)).toBe("Failed");
  expect(describeNextTry(tried, true, 4_000)).toBe("in 5.0 s");
  expect(describeNextTry(tried, true, 9_000)).toBe("now");
  expect(describeNextTry(tried, false, 4_000)).toBe("when it is active");
  expect(describeNextTry({ ...tried, state: "delivered" }, true, 4_000)).toBeUndefined();
});

it("shows what was sent, but no signature", () => {
  const sent = headersOf({ ...DELIVERY, attempts: [{ attempt: 1, timestamp: 5_500 }] }, WEBHOOK);
  expect(sent).toContain("X-MLflow-Delivery-Id: d\nX-MLflow-Timestamp: 5\nX-MLflow-Signature: v1,•••");
  expect(headersOf(DELIVERY, { ...WEBHOOK, has_secret: false })).not.toContain("Signature");
  expect(indentJson('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(indentJson("no json")).toBe("no json");
});

it("takes from a URL what it knows", () => {
  expect(parseLogSearch({ state: "failed", event: "run.failed", delivery: "d", more: 1 })).toEqual({ state: "failed", event: "run.failed", delivery: "d" });
  expect(parseLogSearch({ state: "asleep", event: 7, delivery: "" })).toEqual({});
});
