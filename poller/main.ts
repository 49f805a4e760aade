import { pollCommand } from "./commands/poll.ts";
import { statusCommand } from "./commands/status.ts";

const command = pollCommand()
  // So that an option after the name of a command belongs to that command.
  .enablePositionalOptions()
  .addCommand(statusCommand());

try {
  await command.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
