// Started by engine-interrupt.test.ts as a process of its own: node interruptedProgram.ts ENGINE STATE_FOLDER
import path from "node:path";
import type { Engine } from "../../local/engine/engine.ts";
import { resourceStep } from "../../local/engine/resourceSteps.ts";
import { PulumiStack } from "../../local/engine/stack.ts";

const [engine, stateFolder] = process.argv.slice(2);
const stack = new PulumiStack({
  engine: JSON.parse(engine!) as Engine,
  programFolder: path.join(import.meta.dirname, "programs/words"),
  stateFolder: stateFolder!,
  stackName: "dev",
});
await stack.init({ words: ["slow"], createSeconds: 3600 }, { password: "none" });
await stack.up({
  onEvent: event => {
    if (resourceStep(event)?.name === "slow") console.log("creating");
  },
});
console.log("up has ended");
