import * as pulumi from "@pulumi/pulumi";
import { checked, checkedTogether, wholeNumberBetween } from "../pulumi/validation.ts";
import { type AlertSettings, LONGEST_WINDOW_MINUTES } from "./alerts.ts";

/** What decides when an alert fires. */
export type AlertThresholds = Pick<
  AlertSettings,
  "pollIntervalMinutes" | "stalledAfterMinutes" | "lagMinutes"
>;

export interface ThresholdArgs {
  pollIntervalMinutes?: pulumi.Input<number>;
  stalledAfterMinutes?: pulumi.Input<number>;
  lagMinutes?: pulumi.Input<number>;
}

export const DEFAULT_THRESHOLDS: AlertThresholds = {
  pollIntervalMinutes: 5,
  stalledAfterMinutes: 30,
  // A night in which a small tenant sees no activity at all is no silence.
  lagMinutes: 720,
};

/** As long as content can be listed. */
const LONGEST_LAG_MINUTES = 7 * 24 * 60;

const parseLag = wholeNumberBetween(
  120,
  LONGEST_LAG_MINUTES,
  "minutes",
  "Content is usually 60 to 90 minutes late, and can be listed for seven days.",
);

/** The thresholds that were given, checked, and the defaults of those that were not. */
export function readThresholds(args: ThresholdArgs, parent: pulumi.Resource): pulumi.Output<AlertThresholds> {
  const pollIntervalMinutes = args.pollIntervalMinutes ?? DEFAULT_THRESHOLDS.pollIntervalMinutes;
  return pulumi.output({
    pollIntervalMinutes,
    stalledAfterMinutes: checkedTogether(
      parent,
      "stalledAfterMinutes",
      [args.stalledAfterMinutes, pollIntervalMinutes],
      parseStalledAfter,
    ),
    lagMinutes: checked(parent, "lagMinutes", args.lagMinutes ?? DEFAULT_THRESHOLDS.lagMinutes, parseLag),
  });
}

function parseStalledAfter(minutes: number | undefined, pollIntervalMinutes: number): number {
  const parse = wholeNumberBetween(
    2 * pollIntervalMinutes,
    LONGEST_WINDOW_MINUTES,
    "minutes",
    "Two runs must fit in, or an ordinary pause would be an alert, and no alert looks back more than two days.",
  );
  return parse(minutes ?? Math.max(DEFAULT_THRESHOLDS.stalledAfterMinutes, 3 * pollIntervalMinutes));
}
