import { useEffect } from "react";
import { datasetRoute } from "@/app/router";
import { Copyable } from "@/components/Copyable";
import { Page } from "@/components/Page";
import { LineageView } from "./LineageView";

/** A data set, by its digest: which runs used it, and what came of that. */
export function DatasetPage() {
  const { name, digest } = datasetRoute.useSearch();
  useEffect(() => {
    document.title = `${name} · Headrace`;
  }, [name]);
  return (
    <Page fills crumbs={<span>Data set</span>} title={name} actions={<Copyable text={digest} label="the digest" />}>
      <LineageView key={`${name} ${digest}`} kind="dataset" id={datasetId(name, digest)} />
    </Page>
  );
}

/** Returns the id by which the server knows a data set; its last slash stands before the digest. */
export function datasetId(name: string, digest: string): string {
  return `${name}/${digest.replaceAll("%", "%25").replaceAll("/", "%2F")}`;
}
