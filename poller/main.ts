import { backfillCommand } from "./commands/backfill.ts";
import { pollCommand } from "./commands/poll.ts";
import { replayCommand } from "./commands/replay.ts";
import { statusCommand } from "./commands/status.ts";
import { verifyCommand } from "./commands/verify.ts";

const command = pollCommand()
  // So that an option after the name of a command belongs to that command.
  .enablePositionalOptions()
  .addCommand(statusCommand())
  .addCommand(verifyCommand())
  .addCommand(replayCommand())
  .addCommand(backfillCommand());

try {
  await command.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
