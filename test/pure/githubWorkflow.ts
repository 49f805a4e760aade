import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";

/**
 * What GitHub's own parser has to say against a workflow. The parser is published for bundlers only: Node itself does not
 * load it, since it imports JSON without saying so.
 */
export async function githubWorkflowErrors(name: string, content: string): Promise<string[]> {
  const { parseWorkflow, NoOperationTraceWriter } = await loadParser();
  const { context } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  return context.errors.getErrors().map(({ message }) => message);
}

type Parser = typeof import("@actions/workflow-parser");

async function loadParser(): Promise<Parser> {
  const folder = await mkdtemp(path.join(tmpdir(), "workflow-parser-"));
  try {
    const file = path.join(folder, "parser.cjs");
    await build({
      entryPoints: ["@actions/workflow-parser"],
      absWorkingDir: import.meta.dirname,
      outfile: file,
      bundle: true,
      platform: "node",
      format: "cjs",
      logLevel: "silent",
    });
    return createRequire(import.meta.url)(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}
