/** What is published and what is installed: the timers for the Functions host, and the commands for everybody. */
export { registerTimers } from "../poller/function.ts";
export { commandLine } from "./commandLine.ts";
