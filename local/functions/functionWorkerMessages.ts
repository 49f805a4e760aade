/** What the Functions host tells its worker process. */
export type HostMessage =
  | { kind: "invoke"; invocationId: string; functionName: string; timer: TimerInput }
  /** Run the hooks of an app that ends, then end. */
  | { kind: "terminate" };

/** What the worker process tells the Functions host. */
export type WorkerMessage =
  | { kind: "started"; functions: RegisteredFunction[] }
  | { kind: "failedToStart"; error: string }
  | { kind: "log"; level: string; category: "user" | "system"; message: string; invocationId?: string }
  /** `error` is there exactly when the function failed. */
  | { kind: "invoked"; invocationId: string; error?: string };

export interface RegisteredFunction {
  name: string;
  bindings: Record<string, FunctionBinding>;
}

/** A binding as the code declares it; `%NAME%` in its values is still to be replaced by application settings. */
export interface FunctionBinding {
  type?: string;
  direction?: string;
  [property: string]: unknown;
}

/** The timer trigger's data, with the capitals of the .NET host; the programming model turns them around. */
export interface TimerInput {
  Schedule: { AdjustForDST: boolean };
  ScheduleStatus: { Last: string; Next: string; LastUpdated: string };
  IsPastDue: boolean;
}

/**
 * What the worker writes to its output behind the last line of an invocation. The output comes through a pipe and the
 * messages through a channel, so that without it nobody knows whether a line is still on its way.
 */
export function endOfOutput(invocationId: string): string {
  return `\u0004${invocationId}`;
}
