import { Button } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { Empty } from "@/components/Empty";

/** What stands in a page's place when it failed: what happened, and the next thing to do. */
export function PageError({ error, reset }: ErrorComponentProps) {
  return (
    <Empty title="This page failed">
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <Button variant="default" onClick={reset}>
        Try again
      </Button>
    </Empty>
  );
}
