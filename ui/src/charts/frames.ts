/** Work that waits for the next frame, and is spread over several of them where it is much. */

const BUDGET = 10; // ms of a frame of 16

const waiting = new Map<object, () => void>();
let isScheduled = false;

/** Does something in one of the next frames; asked twice by one owner, the later work takes the place of the earlier. */
export function onFrame(owner: object, work: () => void): void {
  waiting.set(owner, work);
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(run);
}

/** Forgets what an owner waits for. */
export function forget(owner: object): void {
  waiting.delete(owner);
}

function run(): void {
  const end = performance.now() + BUDGET;
  for (const [owner, work] of waiting) {
    waiting.delete(owner);
    work();
    if (performance.now() > end) break;
  }
  isScheduled = waiting.size > 0;
  if (isScheduled) requestAnimationFrame(run);
}
