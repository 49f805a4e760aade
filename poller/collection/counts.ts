/** How many of each name. */
export type Counts = Record<string, number>;

export function count(counts: Counts, name: string, more = 1): void {
  counts[name] = (counts[name] ?? 0) + more;
}

export function addCounts(counts: Counts, more: Counts): void {
  for (const [name, number] of Object.entries(more)) count(counts, name, number);
}

export function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, number) => sum + number, 0);
}
