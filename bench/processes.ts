import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Measurement } from "./measured.ts";

/** What a process under measurement answers. */
export type Result = Measurement & { requests?: number; events?: number };

export interface Started {
  child: ChildProcess;
  ended: Promise<unknown>;
  /** The next message of the process. */
  answer<T>(): Promise<T>;
}

/** Starts a file of this folder, or of another by its whole path, in a process of its own. */
export function start(name: string, env: NodeJS.ProcessEnv, flags: string[] = []): Started {
  const child = fork(path.resolve(import.meta.dirname, name), { env, execArgv: flags });
  const ended = once(child, "exit");
  const failed = ended.then(() => {
    throw new Error(`${name} ended without an answer.`);
  });
  failed.catch(() => undefined);
  const answer = async <T>() => (await Promise.race([once(child, "message"), failed]))[0] as T;
  return { child, ended, answer };
}

/** Runs a file of this folder to its end. */
export async function run(name: string, env: NodeJS.ProcessEnv, flags: string[] = []): Promise<Result> {
  const process = start(name, env, flags);
  const result = await process.answer<Result>();
  await process.ended;
  return result;
}

/** The flags of Node that `npm run poll` gives. */
export async function flagsOfPollScript(): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile(path.join(import.meta.dirname, "../package.json"), "utf8"));
  return (scripts.poll as string).split(" ").filter(word => word.startsWith("--"));
}
