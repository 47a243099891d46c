import { ActionIcon, Button, Loader } from "@mantine/core";
import { IconArrowLeft, IconChevronRight, IconDownload, IconFile, IconFolder } from "@tabler/icons-react";
import { lazy, Suspense, useMemo, useState, type KeyboardEvent } from "react";
import { usePages, type Pages } from "@/api/pages";
import type { FileInfo } from "@/api/types";
import { Empty } from "@/components/Empty";
import { Failure } from "@/components/Failure";
import table from "@/components/Table.module.css";
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
  const folder = useFolder(owner, "");
  const { items, error, isPending } = folder;
  if (error && !items.length) return <Failure error={error} />;
  if (isPending) return null;
  if (!items.length) {
    return <Empty title="No files were logged">{'headrace.log_artifact("FILE") puts a file here.'}</Empty>;
  }
  return (
    <div className={classes.browser}>
      <div className={classes.panes}>
        <div className={classes.tree} role="tree" aria-label="Files" onKeyDown={moveFocus}>
          <Nodes folder={folder} owner={owner} depth={0} shown={path} onPath={onPath} />
        </div>
        <div className={classes.preview}>
          {path ? (
            <View key={path} owner={owner} path={path} onPath={onPath} actions={actions} />
          ) : (
            <FolderView owner={owner} path="" folder={folder} onPath={onPath} actions={actions} />
          )}
        </div>
      </div>
    </div>
  );
}

interface NodesProps {
  owner: FileOwner;
  folder: Pages<FileInfo>;
  depth: number;
  shown: string;
  onPath: (path: string) => void;
}

/** More at once would make the tree slow, and nobody reads them. */
const SHOWN = 300;

/** Reads a folder, the first files of it, and more as they are asked for. */
function useFolder(owner: FileOwner, path: string, every?: false): Pages<FileInfo> {
  return usePages("list_files", { ...owner, path: path || null, max_results: SHOWN }, (page) => page.files ?? [], every);
}

function Nodes({ folder, ...more }: NodesProps) {
  const { items, total, hasMore, loadMore } = folder;
  const all = useMemo(() => sorted(items), [items]);
  return (
    <>
      {all.map((file, index) => (
        <Node key={file.path} file={file} isFirst={index === 0 && more.depth === 0} {...more} />
      ))}
      {hasMore && (
        <Button variant="subtle" size="compact-xs" onClick={loadMore}>
          {(total - all.length).toLocaleString("en-US")} more
        </Button>
      )}
    </>
  );
}

type NodeProps = Omit<NodesProps, "folder"> & { file: FileInfo; isFirst: boolean };

function Node({ owner, file, isFirst, depth, shown, onPath }: NodeProps) {
  const [isOpen, setOpen] = useState(shown.startsWith(`${file.path}/`));
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  const isShown = file.path === shown;
  const open = (): void => {
    if (file.is_dir) setOpen(!isOpen || !isShown);
    onPath(file.path);
  };
  return (
    <>
      <div
        role="treeitem"
        tabIndex={isShown || (isFirst && !shown) ? 0 : -1}
        aria-level={depth + 1}
        aria-selected={isShown}
        aria-expanded={file.is_dir ? isOpen : undefined}
        className={classes.node}
        style={{ paddingLeft: 8 + 14 * depth }}
        onClick={open}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            open();
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

function Folder({ path, ...more }: Omit<NodesProps, "folder"> & { path: string }) {
  const folder = useFolder(more.owner, path);
  if (folder.error && !folder.items.length) return <Failure error={folder.error} />;
  if (folder.isPending) return <div className={classes.waiting}>…</div>;
  return <Nodes folder={folder} {...more} />;
}

interface FolderViewProps extends FileBrowserProps {
  folder: Pages<FileInfo>;
}

/** What a path holds: a folder its files, a file its content. Only the server knows which of them it is. */
function View(props: FileBrowserProps) {
  const folder = useFolder(props.owner, props.path, false);
  if (folder.items.length) return <FolderView {...props} folder={folder} />;
  return folder.isPending ? null : <FileView {...props} />;
}

/** The files of a folder, with their sizes. */
function FolderView({ path, folder: { items, total, hasMore, loadMore }, onPath, actions }: FolderViewProps) {
  const all = useMemo(() => sorted(items), [items]);
  return (
    <>
      <header className={classes.head}>
        <Back path={path} onPath={onPath} />
        <span className={classes.path}>{path || "All files"}</span>
        {actions?.(path, true)}
      </header>
      <div className={classes.folder} tabIndex={0} role="region" aria-label="Files of the folder">
        <table className={table.table}>
          <thead>
            <tr>
              <th>Name</th>
              <th className={table.right}>Size</th>
            </tr>
          </thead>
          <tbody>
            {all.map((file) => (
              <tr key={file.path}>
                <td>
                  <button type="button" className={classes.open} onClick={() => onPath(file.path)}>
                    {file.is_dir ? <IconFolder size={15} /> : <IconFile size={15} />}
                    {file.path.slice(path ? path.length + 1 : 0)}
                  </button>
                </td>
                <td className={`${table.right} ${table.quiet}`}>{file.file_size !== undefined && formatBytes(file.file_size)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {hasMore && (
          <Button variant="subtle" size="compact-xs" onClick={loadMore}>
            {(total - all.length).toLocaleString("en-US")} more
          </Button>
        )}
      </div>
    </>
  );
}

function FileView({ owner, path, onPath, actions }: FileBrowserProps) {
  return (
    <>
      <header className={classes.head}>
        <Back path={path} onPath={onPath} />
        <span className={classes.path}>{path}</span>
        {actions?.(path, false)}
        <Button component="a" href={downloadUrl(owner, path)} download variant="default" aria-label="Download" leftSection={<IconDownload size={14} />}>
          <span className={classes.word}>Download</span>
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

/** The way to the folder above, where there is no room for the tree. */
function Back({ path, onPath }: { path: string; onPath: (path: string) => void }) {
  if (!path) return null;
  const above = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  return (
    <ActionIcon className={classes.back!} aria-label={`Back to ${above || "all files"}`} onClick={() => onPath(above)}>
      <IconArrowLeft size={16} />
    </ActionIcon>
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
