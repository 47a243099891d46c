import { Button } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { Empty } from "@/components/Empty";

/** What stands in a page's place when it failed: what happened, and the next thing to do. */
export function PageError({ error, reset }: ErrorComponentProps) {
  const text = error instanceof Error ? error.message : String(error);
  // A part of the pages is fetched when it is needed; after an update of the server the old one is gone.
  if (/dynamically imported module|preload/i.test(text)) {
    return (
      <Empty title="A part of the pages could not be fetched">
        <p>The server has newer pages, or does not answer.</p>
        <Button variant="default" onClick={() => location.reload()}>
          Load the page again
        </Button>
      </Empty>
    );
  }
  return (
    <Empty title="This page failed">
      <p>{text}</p>
      <Button variant="default" onClick={reset}>
        Try again
      </Button>
    </Empty>
  );
}
