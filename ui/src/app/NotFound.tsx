import { Link } from "@tanstack/react-router";
import { Empty } from "@/components/Empty";
import { Page } from "@/components/Page";

/** What a URL shows that names no page. */
export function NotFound() {
  return (
    <Page title="No such page">
      <Empty title="There is no such page">
        The address names none of this server's pages. <Link to="/">Go to the experiments</Link>.
      </Empty>
    </Page>
  );
}
