import { describe, expect, it } from "vitest";
import { reportStep, showProgress } from "../../local/engine/progress.ts";

function stream(options: { isTTY: boolean; columns?: number }) {
  const written: string[] = [];
  return { ...options, written, write: (text: string) => written.push(text) };
}

describe("showing what a download or a build is doing", () => {
  it("rewrites one line on a terminal, and keeps the last", () => {
    const terminal = stream({ isTTY: true, columns: 80 });
    const show = showProgress(terminal);
    show({ step: "Building", detail: "", elapsedSeconds: 0, state: "running" });
    show({ step: "Building", detail: "812 packages compiled", elapsedSeconds: 95, state: "running" });
    show({ step: "Building", detail: "1500 packages compiled", elapsedSeconds: 190, state: "done" });
    expect(terminal.written).toEqual([
      "\r\x1b[KBuilding ... 0 s",
      "\r\x1b[KBuilding ... 812 packages compiled, 1 min 35 s",
      "\r\x1b[KBuilding ... done, 1500 packages compiled, 3 min 10 s\n",
    ]);
  });

  it("never writes a line that the terminal would wrap, because it could not rewrite it", () => {
    const terminal = stream({ isTTY: true, columns: 20 });
    showProgress(terminal)({ step: "Building for a while", detail: "", elapsedSeconds: 1, state: "running" });
    expect(terminal.written).toEqual(["\r\x1b[KBuilding for a whil"]);
  });

  it("writes a line every quarter of a minute where there is no terminal, and one at the end of every step", () => {
    const log = stream({ isTTY: false });
    const show = showProgress(log);
    for (let elapsedSeconds = 0; elapsedSeconds <= 40; elapsedSeconds += 1) {
      show({ step: "Downloading", detail: "", elapsedSeconds, state: "running" });
    }
    show({ step: "Downloading", detail: "no such host", elapsedSeconds: 41, state: "failed" });
    show({ step: "Building", detail: "", elapsedSeconds: 0, state: "running" });
    expect(log.written).toEqual([
      "Downloading ... 0 s\n",
      "Downloading ... 15 s\n",
      "Downloading ... 30 s\n",
      "Downloading ... failed after 41 s: no such host\n",
      "Building ... 0 s\n",
    ]);
  });

  it("reports a step's beginning, its end and its last detail", async () => {
    const states: string[] = [];
    const result = await reportStep(
      "Building",
      ({ state, detail }) => states.push(`${state} ${detail}`),
      async setDetail => {
        setDetail("2 packages compiled");
        return "built";
      },
    );
    expect(result).toBe("built");
    expect(states).toEqual(["running ", "done 2 packages compiled"]);
  });

  it("reports why a step failed, and fails likewise", async () => {
    const states: string[] = [];
    const failing = reportStep(
      "Building",
      ({ state, detail }) => states.push(`${state} ${detail}`),
      async () => {
        throw new Error("no memory");
      },
    );
    await expect(failing).rejects.toThrow("no memory");
    expect(states).toEqual(["running ", "failed no memory"]);
  });
});
