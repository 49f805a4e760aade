import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureEngine } from "../local/engine/ensureEngine.ts";
import { type OperationResult, PulumiStack } from "../local/engine/stack.ts";
import { startTenant } from "../local/tenant.ts";
import { median, seconds } from "./statistics.ts";

const REPOSITORY = path.join(import.meta.dirname, "..");
const EMPTY_PROGRAM = path.join(import.meta.dirname, "programs/empty");
const PAIRS = 5;
const GOAL = 1.5;

/**
 * How long does this repository's program take to declare, and what does a preview without changes cost beside one of an
 * empty program? The two previews take turns, so that a slow moment of the machine meets both.
 */
export async function benchDeclare(): Promise<void> {
  const engine = await ensureEngine();
  const tenant = await startTenant();
  const stateFolder = await mkdtemp(path.join(tmpdir(), "bench-declare-"));
  const stackOf = (programFolder: string, stackName: string) =>
    new PulumiStack({
      engine,
      programFolder,
      stateFolder: path.join(stateFolder, stackName),
      stackName,
      environment: tenant.environment,
    });
  const integration = stackOf(REPOSITORY, "integration");
  const empty = stackOf(EMPTY_PROGRAM, "empty");
  try {
    await integration.init(tenant.configuration);
    await empty.init();
    const up = await seconds(() => succeeded(integration.up()));
    await succeeded(empty.up());

    const pairs: { integration: number; empty: number }[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      pairs.push({
        integration: await seconds(() => succeeded(integration.preview({ expectNoChanges: true }))),
        empty: await seconds(() => succeeded(empty.preview({ expectNoChanges: true }))),
      });
    }
    const ratio = median(pairs.map(pair => pair.integration / pair.empty));
    console.log(`pulumi up of the integration            ${up.toFixed(1)} s (goal: under 15)`);
    console.log(
      `preview without changes, integration    ${median(pairs.map(pair => pair.integration)).toFixed(2)} s`,
    );
    console.log(
      `preview without changes, empty program  ${median(pairs.map(pair => pair.empty)).toFixed(2)} s`,
    );
    console.log(`ratio, median of ${PAIRS} pairs                ${ratio.toFixed(2)} (goal: at most ${GOAL})`);
  } finally {
    await integration.close();
    await empty.close();
    await tenant.close();
    await rm(stateFolder, { recursive: true, force: true });
  }
}

async function succeeded(operation: Promise<OperationResult>): Promise<void> {
  const { exitCode, stdout, stderr } = await operation;
  if (exitCode !== 0) throw new Error(`pulumi ended with exit code ${exitCode}:\n${stdout}\n${stderr}`);
}
