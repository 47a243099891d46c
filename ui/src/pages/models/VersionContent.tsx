import { Button } from "@mantine/core";
import { useCall } from "@/api/live";
import { useRights } from "@/app/session";
import { Age } from "@/components/Age";
import { Copyable } from "@/components/Copyable";
import { Facts } from "@/components/Facts";
import { Section } from "@/components/Section";
import { formatBytes } from "@/data/numbers";
import { change } from "./changes";
import { Contents } from "./labels";
import classes from "./models.module.css";

/** What the files of a version are, beside what was recorded when it was registered. */
export function VersionContent({ name, version }: { name: string; version: string }) {
  const { data } = useCall("get_model_version_content", { name, version, files: true }, { keep: false });
  const { mayWrite, whyNot } = useRights();
  if (!data) return null;
  const { state, digest, files = [], checked_at: checked, problem, problems = [] } = data.content;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return (
    <Section
      title="Files"
      actions={
        <Button
          variant="subtle"
          size="compact-xs"
          color="gray"
          disabled={!mayWrite}
          title={mayWrite ? "Read the files again, and compare them with what was registered" : whyNot}
          onClick={() => void change("check_model_version_content", { name, version }, "The files are read again")}
        >
          Check again
        </Button>
      }
    >
      <Facts
        facts={[
          ["State", <Contents key="state" state={state} />],
          ["Why", problem ?? (state === "unverified" && "They are recorded once the run has ended")],
          ["Holds", files.length > 0 && `${files.length.toLocaleString("en-US")} ${files.length === 1 ? "file" : "files"}, ${formatBytes(size)}`],
          ["Digest", digest && <Copyable key="digest" text={digest} label="the digest" />],
          ["Checked", checked !== undefined && <Age key="checked" moment={checked} />],
        ]}
      />
      {problems.length > 0 && (
        <ul className={classes.problems} aria-label="Files that are not as registered">
          {problems.map(({ path, state: how, problem: why }) => (
            <li key={path}>
              <span className={classes.mono}>{path}</span> <span className={classes.of}>{why ?? how.replaceAll("_", " ")}</span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
