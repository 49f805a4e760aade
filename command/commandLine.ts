import { Command } from "commander";
import { doctorCommand } from "../doctor/doctorCommand.ts";
import { pollCommand } from "../poller/commands/poll.ts";
import { ledgerCommands } from "../poller/commands/program.ts";

/** Everything that the installed package does on the command line. */
export function commandLine(): Command {
  const commands = [doctorCommand(), ...ledgerCommands(), pollCommand()];
  const all = new Command("defender-siem")
    .description("What a Microsoft Defender for Office 365 feed needs besides its deployment.")
    .enablePositionalOptions();
  for (const command of commands) all.addCommand(command);
  return all;
}
