/** What was found about a prerequisite. */
export const CheckState = {
  /** It is in order. */
  ok: "ok",
  /** It stands in the way. */
  failed: "failed",
  /** Nothing tells it yet, or a check that it builds on failed. */
  unknown: "unknown",
} as const;
export type CheckState = (typeof CheckState)[keyof typeof CheckState];

/** What was found about one thing that the integration needs. Holds no secret. */
export interface PrerequisiteCheck {
  /** What was looked at, such as "roles" or "subscription Audit.General". */
  name: string;
  /** `ok`, `failed` or `unknown`. */
  state: CheckState;
  /** What was seen, in sentences. */
  finding: string;
  /** What to do about it; absent where there is nothing to do. */
  fix?: string;
}

/** An error's message holds its advice, which a report shows in a place of its own. */
export function splitAdvice(
  message: string,
  advice: string,
): Required<Pick<PrerequisiteCheck, "finding" | "fix">> {
  return { finding: message.replace(` ${advice}`, ""), fix: advice };
}
