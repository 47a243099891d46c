/** Where the commit of a run can be looked at. */

const REMOTE = /^(?:https?:\/\/(?:[^/@]*@)?|(?:ssh:\/\/)?git@)([\w.-]+)(?::\d+(?=\/))?[/:](.+?)(?:\.git)?\/?$/;

/**
 * Returns the address of a commit at the web pages of its remote; undefined for a remote without them.
 *
 * GitLab and Bitbucket have paths of their own; those of GitHub are what others, Gitea for one, have too.
 */
export function commitUrl(remote: string | null | undefined, commit: string | null | undefined): string | undefined {
  const match = remote && commit && /^[0-9a-f]+$/.test(commit) ? REMOTE.exec(remote) : null;
  if (!match) return undefined;
  const [, host = "", path = ""] = match;
  const part = host.includes("bitbucket") ? "commits" : host.includes("gitlab") ? "-/commit" : "commit";
  return `https://${host}/${path.split("/").map(encodeURIComponent).join("/")}/${part}/${commit}`;
}
