/**
 * Loaded before the poller (`node --import`), which knows nothing of it: its machine's clock shows the tenant's time, jumps
 * after a while, and stays wrong. With a while of 0 it is wrong from the beginning.
 */
const aheadMilliseconds = Number(process.env.CHAOS_CLOCK_AHEAD_MILLISECONDS ?? 0);
const jumpMilliseconds = Number(process.env.CHAOS_CLOCK_JUMP_MILLISECONDS ?? 0);
const jumpsAfterMilliseconds = Number(process.env.CHAOS_CLOCK_JUMPS_AFTER_MILLISECONDS ?? 0);

const rightNow = Date.now;
const now = () =>
  rightNow() + aheadMilliseconds + (performance.now() >= jumpsAfterMilliseconds ? jumpMilliseconds : 0);

globalThis.Date = new Proxy(Date, {
  construct: (date, values, newTarget) =>
    Reflect.construct(date, values.length === 0 ? [now()] : values, newTarget),
  get: (date, property) => (property === "now" ? now : Reflect.get(date, property)),
});
