import { ActivityApiError } from "../../activity-api/errors.ts";
import { ErrorAction } from "../../activity-api/errorTable.ts";
import { MalformedContentError } from "./malformedContentError.ts";

/** What the failure to fetch or read one content blob says. */
export const FailureKind = {
  /** Something about this content blob: the others go on. */
  content: "content",
  /** Something about the service, which may pass: the others go on, until it is all of them. */
  service: "service",
  /** Something that would fail every content blob alike. */
  everything: "everything",
} as const;
export type FailureKind = (typeof FailureKind)[keyof typeof FailureKind];

/** Their table says to edit settings; but they are about one link, or one answer, and come from the service. */
const ABOUT_ONE_BLOB: readonly string[] = ["foreignLink", "unexpected"];

const PASSING: readonly ErrorAction[] = [ErrorAction.retry, ErrorAction.backOff];

export function kindOfFailure(error: unknown): FailureKind {
  if (error instanceof MalformedContentError) return FailureKind.content;
  if (!(error instanceof ActivityApiError)) return FailureKind.everything;
  if (error.action === ErrorAction.recordAsLost || ABOUT_ONE_BLOB.includes(error.code))
    return FailureKind.content;
  return PASSING.includes(error.action) ? FailureKind.service : FailureKind.everything;
}

/** Whether reading broke off in a way that another try at once may mend. The client itself repeats what never began. */
export function isCutOff(error: unknown): boolean {
  return (
    error instanceof MalformedContentError ||
    (error instanceof ActivityApiError && error.code === "truncated")
  );
}
