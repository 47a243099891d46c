import type { ReactNode } from "react";
import { Empty } from "./Empty";

interface MissingProps {
  /** What is not there: "run 5be6f20b". */
  what: string;
  /** A link to where others are. */
  children: ReactNode;
}

/** What a page shows whose address names something that the server does not have. */
export function Missing({ what, children }: MissingProps) {
  return (
    <div role="alert">
      <Empty title={`There is no ${what}`}>It was deleted for good, or the link is of another server. {children}.</Empty>
    </div>
  );
}
