import { Link } from "@tanstack/react-router";
import { useCall } from "@/api/live";
import classes from "./ExperimentList.module.css";

/** The experiments in the sidebar. */
export function ExperimentList() {
  const { data } = useCall("search_experiments", { max_results: 1000 });
  return (
    <ul className={classes.list}>
      {data?.experiments?.map(({ experiment_id, name }) => (
        <li key={experiment_id}>
          <Link
            to="/experiments/$experimentId"
            params={{ experimentId: experiment_id }}
            className={classes.item!}
            activeProps={{ "data-active": true }}
          >
            {name}
          </Link>
        </li>
      ))}
    </ul>
  );
}
