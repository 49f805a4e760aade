import type { Command } from "commander";
import type { Poller } from "../poller.ts";
import type { PollerSettings } from "../settings.ts";
import { backfillCommand } from "./backfill.ts";
import { pollCommand } from "./poll.ts";
import { replayCommand } from "./replay.ts";
import { statusCommand } from "./status.ts";
import { verifyCommand } from "./verify.ts";

/**
 * All commands.
 *
 * @param open opens the poller that polls. Defaults to one as the settings say.
 */
export function program(open?: (settings: PollerSettings) => Promise<Poller>): Command {
  const poll = pollCommand(open);
  for (const command of ledgerCommands()) poll.addCommand(command);
  // So that an option after the name of a command belongs to that command.
  return poll.enablePositionalOptions();
}

/** The commands besides polling itself. */
export function ledgerCommands(): Command[] {
  return [statusCommand(), verifyCommand(), replayCommand(), backfillCommand()];
}
