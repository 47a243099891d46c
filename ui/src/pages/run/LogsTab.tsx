import { Button, Switch, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useActions } from "@/app/actions";
import { Empty } from "@/components/Empty";
import { Failure } from "@/components/Failure";
import { Lines } from "@/components/Lines";
import { useOutput } from "./output";
import classes from "./run.module.css";

/** What a run printed and prints. */
export function LogsTab({ runId }: { runId: string }) {
  const { lines, isOver, isRead, error } = useOutput(runId);
  const [follows, setFollows] = useState(true);
  const [wanted, setWanted] = useState("");
  const text = wanted.trim().toLowerCase();
  const shown = useMemo(() => (text ? lines.filter((line) => line.text.toLowerCase().includes(text)) : lines), [lines, text]);
  useActions([{ id: "logs.find", label: "Find in the logs", keys: "/", section: "Logs", run: () => document.getElementById("logs-find")?.focus() }]);
  if (error && !isRead) return <Failure error={error} />;
  if (isRead && isOver && lines.length === 0) {
    return <Empty title="Nothing was printed">What a run prints while it runs is recorded, and is shown here as it comes.</Empty>;
  }
  return (
    <div className={classes.logs}>
      <div className={classes.bar}>
        <TextInput id="logs-find" aria-label="Find in the logs" placeholder="Find" value={wanted} onChange={(event) => setWanted(event.currentTarget.value)} />
        <span className={classes.quiet}>
          {shown.length.toLocaleString("en-US")} lines{isOver ? "" : ", live"}
        </span>
        <span className={classes.spring} />
        <Switch label="Follow" checked={follows} onChange={(event) => setFollows(event.currentTarget.checked)} />
        <Button variant="default" onClick={() => save(lines.map((line) => line.text).join("\n"), `${runId}.log`)}>
          Download
        </Button>
      </div>
      <div className={classes.fill}>
        <Lines
          lines={shown.map((line) => line.text)}
          follows={follows}
          onLeave={() => setFollows(false)}
          show={(line, index) => <span className={shown[index]?.stream === "stderr" ? classes.stderr : undefined}>{line}</span>}
        />
      </div>
    </div>
  );
}

function save(text: string, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
