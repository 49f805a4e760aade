import { Argument, Command } from "commander";
import { benchDeclare } from "./declare.ts";
import { benchLargeContent } from "./largeContent.ts";
import { benchPoller } from "./poller.ts";
import { benchRefresh } from "./refresh.ts";

/** Each measures our own code beside a floor of the same run: the figures to quote are the ratios. */
const BENCHMARKS: Readonly<Record<string, () => Promise<void>>> = {
  declare: benchDeclare,
  refresh: benchRefresh,
  poller: benchPoller,
  largeContent: benchLargeContent,
};

const command = new Command("npm run bench --")
  .description("Measures; all of it, or what is named.")
  .addArgument(new Argument("[name...]").choices(Object.keys(BENCHMARKS)))
  .parse();

const chosen = command.args.length > 0 ? command.args : Object.keys(BENCHMARKS);
for (const name of chosen) {
  console.log(`\n${name}`);
  await BENCHMARKS[name]!();
}
