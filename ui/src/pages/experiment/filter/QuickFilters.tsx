import { ActionIcon, Menu } from "@mantine/core";
import { IconFilterPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { RunKeys } from "@/api/types";
import { useExperimentState } from "../state";
import { STATUSES } from "./completion";
import { joinConditions, writeValue } from "./conditions";
import { useValues } from "./values";

const HOUR = 3_600_000;
const AGES: readonly (readonly [string, number])[] = [
  ["The last hour", HOUR],
  ["The last day", 24 * HOUR],
  ["The last week", 7 * 24 * HOUR],
];
const MOST_USERS = 8;

/** The filters that people want most, by a click: status, user, age. */
export function QuickFilters({ keys }: { keys: RunKeys | undefined }) {
  const { search, change } = useExperimentState();
  const [isOpen, setIsOpen] = useState(false);
  const users = useValues(isOpen ? { due: "value", field: "user_id", token: null, depth: 0 } : null);
  const add = (condition: string): void => change({ filter: joinConditions(search.filter, condition) }, false);
  return (
    <Menu position="bottom-end" width={200} opened={isOpen} onChange={setIsOpen}>
      <Menu.Target>
        <ActionIcon size={28} aria-label="Filter by status, user or age" disabled={!keys}>
          <IconFilterPlus size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Status</Menu.Label>
        {STATUSES.slice(0, 4).map((status) => (
          <Menu.Item key={status} onClick={() => add(`status = '${status}'`)}>
            {status.charAt(0) + status.slice(1).toLowerCase()}
          </Menu.Item>
        ))}
        {users.length > 0 && <Menu.Label>User</Menu.Label>}
        {users.slice(0, MOST_USERS).map((user) => (
          <Menu.Item key={user} onClick={() => add(`user_id = ${writeValue(user)}`)}>
            {user}
          </Menu.Item>
        ))}
        <Menu.Label>Started</Menu.Label>
        {AGES.map(([label, span]) => (
          <Menu.Item key={label} onClick={() => add(`start_time >= ${Date.now() - span}`)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
