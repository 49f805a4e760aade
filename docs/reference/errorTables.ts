import { ENTRA_ERRORS, type TokenErrorClass } from "../../activity-api/entraErrors.ts";
import { ACTIVITY_API_ERRORS, ErrorAction, type ErrorEntry } from "../../activity-api/errorTable.ts";
import { table } from "./markdown.ts";

/** What the program does about it before anybody is told, or until somebody has done something. */
const BY_ITSELF: Record<ErrorAction, string> = {
  [ErrorAction.none]: "takes it as success",
  [ErrorAction.refreshToken]: "asks for a new token, once",
  [ErrorAction.grantRole]: "waits while the grant is new; else fails, with a new token the next time",
  [ErrorAction.fixSettings]: "fails at once",
  [ErrorAction.startSubscription]: "reports it; starts it with `selfHeal`",
  [ErrorAction.waitForStart]: "waits as long as `readyTimeoutMinutes` allows",
  [ErrorAction.enableAuditing]: "starts again after 15 minutes, as long as `readyTimeoutMinutes` allows",
  [ErrorAction.narrowWindow]: "fails; the next run asks anew",
  [ErrorAction.listAgain]: "lists the window again",
  [ErrorAction.recordAsLost]: "goes on; tries it in later runs and then gives it up",
  [ErrorAction.backOff]: "sends nothing for a while, then tries again",
  [ErrorAction.retry]: "tries again with growing waits",
};

const BY_CLASS: Record<TokenErrorClass, string> = {
  configuration: "fails at once",
  propagation: "waits while the application or grant is new; else fails",
  transient: "fails; the next run tries again",
};

/** The answers of the Management Activity API: first those with a code of Microsoft's, then those that have none. */
export function activityApiTable(): string {
  const entries = Object.entries<ErrorEntry>(ACTIVITY_API_ERRORS);
  const hasCode = ([code]: [string, ErrorEntry]) => /\d/.test(code);
  const rows = [...entries.filter(hasCode), ...entries.filter(entry => !hasCode(entry))];
  return table(
    ["Code", "Meaning", "The program", "What to do"],
    rows.map(([code, { means, next, action }]) => [`\`${code}\``, means, BY_ITSELF[action], next]),
  );
}

/** Entra's refusals of a token. */
export function entraTable(): string {
  return table(
    ["Code", "Meaning", "The program", "What to do"],
    Object.entries(ENTRA_ERRORS).map(([number, { means, next, errorClass }]) => [
      `\`AADSTS${number}\``,
      means,
      BY_CLASS[errorClass],
      next,
    ]),
  );
}
