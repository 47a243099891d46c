import { Checkbox } from "@mantine/core";
import { EVENT_GROUPS, type EventGroup } from "./events";
import classes from "./webhooks.module.css";

interface EventPickerProps {
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}

/** The events that there are, by what they are of, each with when it happens. */
export function EventPicker({ chosen, onChange }: EventPickerProps) {
  const choose = (names: readonly string[], isOn: boolean): void => {
    const others = chosen.filter((name) => !names.includes(name));
    onChange(isOn ? [...others, ...names] : others);
  };
  return (
    <fieldset className={classes.picker}>
      <legend>
        Events <span className={classes.quiet}>{chosen.length ? `${chosen.length} chosen` : "at least one"}</span>
      </legend>
      <div className={classes.groups}>
        {EVENT_GROUPS.map((group) => (
          <Group key={group.title} group={group} chosen={chosen} onChoose={choose} />
        ))}
      </div>
    </fieldset>
  );
}

interface GroupProps {
  group: EventGroup;
  chosen: readonly string[];
  onChoose: (names: readonly string[], isOn: boolean) => void;
}

function Group({ group: { title, events }, chosen, onChoose }: GroupProps) {
  const names = events.map(([name]) => name);
  const count = names.filter((name) => chosen.includes(name)).length;
  return (
    <div role="group" aria-label={title}>
      <Checkbox
        className={classes.group!}
        label={title}
        checked={count === names.length}
        indeterminate={count > 0 && count < names.length}
        onChange={() => onChoose(names, count < names.length)}
      />
      {events.map(([name, meaning]) => (
        <Checkbox
          key={name}
          className={classes.choice!}
          label={
            <>
              {meaning} <code className={classes.eventName}>{name}</code>
            </>
          }
          checked={chosen.includes(name)}
          onChange={(event) => onChoose([name], event.currentTarget.checked)}
        />
      ))}
    </div>
  );
}
