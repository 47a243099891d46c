import { Button, Loader } from "@mantine/core";
import { IconChevronRight, IconDownload, IconFile, IconFolder } from "@tabler/icons-react";
import { lazy, Suspense, useState, type KeyboardEvent } from "react";
import { useCall } from "@/api/live";
import type { FileInfo } from "@/api/types";
import { Empty } from "@/components/Empty";
import { Failure } from "@/components/Failure";
import { formatBytes } from "@/data/numbers";
import { downloadUrl, type FileOwner } from "./content";
import classes from "./FileBrowser.module.css";

const Preview = lazy(() => import("./preview/Preview"));

interface FileBrowserProps {
  owner: FileOwner;
  /** The file that is shown; empty for none. */
  path: string;
  onPath: (path: string) => void;
  /** What can be done with a folder or file, beside the download. */
  actions?: (path: string, isFolder: boolean) => React.ReactNode;
}

/** The files of a run, logged model or version: a tree at the left, what one holds at the right. */
export function FileBrowser({ owner, path, onPath, actions }: FileBrowserProps) {
  const { data, error } = useCall("list_files", { ...owner, path: null }, { keep: false });
  if (error) return <Failure error={error} />;
  if (!data) return null;
  if (!data.files?.length) {
    return <Empty title="No files were logged">{'headrace.log_artifact("FILE") puts a file here.'}</Empty>;
  }
  return (
    <div className={classes.browser}>
      <div className={classes.tree} role="tree" aria-label="Files" onKeyDown={moveFocus}>
        {sorted(data.files).map((file) => (
          <Node key={file.path} owner={owner} file={file} depth={0} shown={path} onPath={onPath} />
        ))}
      </div>
      <div className={classes.preview}>
        {path ? (
          <FileView owner={owner} path={path} actions={actions} />
        ) : (
          <p className={classes.hint}>Choose a file: what it holds is shown here.</p>
        )}
      </div>
    </div>
  );
}

interface NodeProps {
  owner: FileOwner;
  file: FileInfo;
  depth: number;
  shown: string;
  onPath: (path: string) => void;
}

function Node({ owner, file, depth, shown, onPath }: NodeProps) {
  const [isOpen, setOpen] = useState(shown.startsWith(`${file.path}/`));
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  const isShown = file.path === shown;
  return (
    <>
      <div
        role="treeitem"
        tabIndex={isShown || (depth === 0 && !shown) ? 0 : -1}
        aria-level={depth + 1}
        aria-selected={isShown}
        aria-expanded={file.is_dir ? isOpen : undefined}
        className={classes.node}
        style={{ paddingLeft: 8 + 14 * depth }}
        onClick={() => (file.is_dir ? setOpen(!isOpen) : onPath(file.path))}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            if (file.is_dir) setOpen(!isOpen);
            else onPath(file.path);
          } else if (file.is_dir && event.key === "ArrowRight") setOpen(true);
          else if (file.is_dir && event.key === "ArrowLeft") setOpen(false);
        }}
      >
        {file.is_dir ? <IconChevronRight size={13} className={classes.arrow} data-open={isOpen || undefined} /> : <span className={classes.gap} />}
        {file.is_dir ? <IconFolder size={15} /> : <IconFile size={15} />}
        <span className={classes.name}>{name}</span>
        {file.file_size !== undefined && <span className={classes.size}>{formatBytes(file.file_size)}</span>}
      </div>
      {isOpen && <Folder owner={owner} path={file.path} depth={depth + 1} shown={shown} onPath={onPath} />}
    </>
  );
}

function Folder({ owner, path, depth, shown, onPath }: Omit<NodeProps, "file"> & { path: string }) {
  const { data, error } = useCall("list_files", { ...owner, path }, { keep: false });
  if (error) return <Failure error={error} />;
  if (!data) return <div className={classes.waiting}>…</div>;
  return sorted(data.files ?? []).map((file) => <Node key={file.path} owner={owner} file={file} depth={depth} shown={shown} onPath={onPath} />);
}

function FileView({ owner, path, actions }: { owner: FileOwner; path: string; actions: FileBrowserProps["actions"] }) {
  return (
    <>
      <header className={classes.head}>
        <span className={classes.path}>{path}</span>
        {actions?.(path, false)}
        <Button component="a" href={downloadUrl(owner, path)} download variant="default" leftSection={<IconDownload size={14} />}>
          Download
        </Button>
      </header>
      <div className={classes.body}>
        <Suspense fallback={<Loader size="xs" m="md" />}>
          <Preview key={path} owner={owner} path={path} />
        </Suspense>
      </div>
    </>
  );
}

/** Folders first, then by name. */
function sorted(files: readonly FileInfo[]): FileInfo[] {
  return [...files].sort((a, b) => Number(b.is_dir) - Number(a.is_dir) || a.path.localeCompare(b.path, undefined, { numeric: true }));
}

/** Moves the focus through the items that are shown, as trees do. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=treeitem]")];
  const next = items[items.indexOf(document.activeElement as HTMLElement) + by];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}
