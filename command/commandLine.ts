import { Command } from "commander";
import { doctorCommand } from "../doctor/doctorCommand.ts";
import { backfillCommand } from "../poller/commands/backfill.ts";
import { pollCommand } from "../poller/commands/poll.ts";
import { replayCommand } from "../poller/commands/replay.ts";
import { statusCommand } from "../poller/commands/status.ts";
import { verifyCommand } from "../poller/commands/verify.ts";

/** Everything that the installed package does on the command line. */
export function commandLine(): Command {
  return new Command("defender-siem")
    .description("What a Microsoft Defender for Office 365 feed needs besides its deployment.")
    .enablePositionalOptions()
    .addCommand(doctorCommand())
    .addCommand(statusCommand())
    .addCommand(verifyCommand())
    .addCommand(replayCommand())
    .addCommand(backfillCommand())
    .addCommand(pollCommand());
}
