import { Modal } from "@mantine/core";
import { useState } from "react";
import { Facts } from "@/components/Facts";
import { Section } from "@/components/Section";
import { formatBytes } from "@/data/numbers";
import type { RunContext } from "./context";
import classes from "./run.module.css";
import { Values } from "./Values";

/** The machine, Python and the packages that a run had. */
export function Environment({ context: { python, packages, hardware, seeds } }: { context: RunContext }) {
  const [isPackages, setPackages] = useState(false);
  const count = Object.keys(packages ?? {}).length;
  const chosen = Object.entries(seeds ?? {});
  if (!python && !hardware && count === 0) return null;
  return (
    <Section title="Environment">
      <Facts
        facts={[
          ["Python", python?.version && `${python.implementation ?? "Python"} ${python.version}`],
          ["System", python?.os],
          ["CPU", hardware?.cpu && `${hardware.cpu}, ${hardware.usable_cores ?? hardware.cores} cores`],
          ["Memory", hardware?.memory !== undefined && formatBytes(hardware.memory)],
          ["GPU", hardware?.gpus?.map(({ name, memory }) => `${name}${memory ? ` (${formatBytes(memory)})` : ""}`).join(", ")],
          ["CUDA", hardware?.cuda],
          ["BLAS", hardware?.blas],
          ["Seeds", chosen.length > 0 && chosen.map(([name, seed]) => `${name} ${JSON.stringify(seed)}`).join(", ")],
          [
            "Packages",
            count > 0 && (
              <button type="button" className={classes.link} onClick={() => setPackages(true)}>
                {count} with their versions
              </button>
            ),
          ],
        ]}
      />
      <Modal opened={isPackages} onClose={() => setPackages(false)} title="Packages">
        <Values title="Installed" empty="" values={Object.entries(packages ?? {}).map(([key, text]) => ({ key, text }))} />
      </Modal>
    </Section>
  );
}
