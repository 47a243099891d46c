import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { useMemo } from "react";
import { readPiece, type FileOwner } from "../content";
import { Cells } from "./Cells";
import type { PreviewProps } from "./Preview";
import classes from "./preview.module.css";

const ROWS = 500;

interface Opened {
  file: AsyncBuffer;
  metadata: FileMetaData;
  columns: string[];
  rows: number;
}

/** A Parquet file: its schema and its first rows, of which only the bytes that hold them are fetched. */
export default function ParquetPreview({ owner, path }: PreviewProps) {
  const opened = useQuery<Opened>({ queryKey: ["parquet", owner, path], queryFn: () => open(owner, path), retry: false });
  const pages = useInfiniteQuery<Record<string, unknown>[], Error, { pages: Record<string, unknown>[][] }, readonly unknown[], number>({
    queryKey: ["parquet rows", owner, path],
    queryFn: ({ pageParam }) => {
      const { file, metadata, rows } = opened.data!;
      return parquetReadObjects({ file, metadata, rowStart: pageParam, rowEnd: Math.min(rows, pageParam + ROWS) });
    },
    initialPageParam: 0,
    getNextPageParam: (_, read) => (read.length * ROWS < opened.data!.rows ? read.length * ROWS : undefined),
    enabled: opened.data !== undefined && opened.data.rows > 0,
    retry: false,
  });
  const cells = useMemo(
    () => pages.data?.pages.flat().map((row) => opened.data!.columns.map((name) => write(row[name]))) ?? [],
    [pages.data, opened.data],
  );
  const error = opened.error ?? pages.error;
  if (error) return <p className={classes.note}>This file cannot be shown: {error.message}. Download it to look into it.</p>;
  if (!opened.data) return null;
  return (
    <div className={classes.column}>
      <div className={classes.bar}>
        <span>
          {opened.data.rows.toLocaleString("en-US")} rows, {opened.data.columns.length} columns
        </span>
        {pages.hasNextPage && (
          <Button variant="default" size="compact-xs" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Read more
          </Button>
        )}
      </div>
      <Cells head={opened.data.columns} rows={cells} />
    </div>
  );
}

async function open(owner: FileOwner, path: string): Promise<Opened> {
  const { size } = await readPiece(owner, path, -8, null);
  const file: AsyncBuffer = {
    byteLength: size,
    slice: async (start, end) => (await readPiece(owner, path, start, end ?? size)).bytes.slice().buffer,
  };
  const metadata = await parquetMetadataAsync(file);
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  return { file, metadata, columns, rows: Number(metadata.num_rows) };
}

/** Returns a value as a text: dates as dates, nested ones as JSON. */
function write(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object") return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item));
  return String(value);
}
