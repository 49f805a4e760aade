/** What a piece of work costs. */
export interface Measurement {
  wallSeconds: number;
  cpuSeconds: number;
  /** Of the process, up to the end of the work. */
  peakRssMegabytes: number;
}

export async function measured<T>(work: () => Promise<T>): Promise<Measurement & { result: T }> {
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  const result = await work();
  const wallSeconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    result,
    wallSeconds,
    cpuSeconds: (user + system) / 1e6,
    // In kilobytes, which Node takes care of on every platform.
    peakRssMegabytes: process.resourceUsage().maxRSS / 1024,
  };
}
