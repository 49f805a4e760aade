/**
 * Compares what the program declares with what is there, changes nothing, and says what differs. Options are handed on to
 * `pulumi preview`.
 *
 *     node drift.ts --stack prod
 *
 * Ends with 0 when nothing differs, with 7 on drift, and with 1 when the comparison failed: a service that cannot be
 * asked is no drift.
 */
import { spawnSync } from "node:child_process";

/** Pulumi's own exit code of `--expect-no-changes`. */
const DRIFT = 7;
const FAILURE = 1;

/** What `pulumi preview --json` prints, as far as it matters here. */
interface Preview {
  steps?: Step[];
  diagnostics?: { message: string; severity?: string }[];
}

interface Step {
  op: string;
  urn: string;
  /** As it is, after the refresh; absent for what is not there. */
  oldState?: State;
  /** As the program declares it; absent for what it no longer declares. */
  newState?: State;
  /** The properties that differ, where the provider names them. */
  diffReasons?: string[] | null;
}

interface State {
  type: string;
  inputs?: Properties;
}

type Properties = Record<string, unknown>;

process.exitCode = compare(process.argv.slice(2));

function compare(options: string[]): number {
  const command = ["preview", "--refresh", "--expect-no-changes", "--json", "--non-interactive", ...options];
  const run = spawnSync("pulumi", command, { encoding: "utf8", maxBuffer: 2 ** 30 });
  if (run.status === 0) {
    console.log("No drift: everything is as the program declares it.");
    return 0;
  }
  const preview = parse(run.stdout);
  if (run.status !== DRIFT || preview === undefined) {
    report("Drift is not known: the comparison failed.", run.error?.message ?? failure(preview, run.stderr));
    return FAILURE;
  }
  const differences = (preview.steps ?? []).flatMap(describe);
  for (const difference of differences) report(difference);
  const count = differences.length === 1 ? "1 difference" : `${differences.length} differences`;
  console.log(`Drift: ${count}. \`pulumi up --refresh\` makes it as declared.`);
  return DRIFT;
}

function parse(output: string | null): Preview | undefined {
  try {
    return JSON.parse(output ?? "") as Preview;
  } catch {
    return undefined;
  }
}

/** One line each, marked as an error in the words of the CI system, so that its summary shows it. */
function report(what: string, details?: string): void {
  if (process.env.GITHUB_ACTIONS === "true") console.log(`::error title=Drift::${what}`);
  else if (process.env.TF_BUILD) console.log(`##vso[task.logissue type=error]${what}`);
  else console.log(what);
  if (details) console.log(details);
}

function failure(preview: Preview | undefined, errors: string): string {
  const messages = (preview?.diagnostics ?? [])
    .filter(({ severity }) => severity === "error")
    .map(({ message }) => message.trim());
  return [...messages, errors.trim()].filter(text => text !== "").join("\n");
}

function describe(step: Step): string[] {
  const state = step.newState ?? step.oldState;
  if (state === undefined || !["create", "update", "replace", "delete"].includes(step.op)) return [];
  return state.type.endsWith(":AuditSubscription") ? describeSubscription(step) : [describeResource(step)];
}

function describeSubscription({ oldState, newState }: Step): string[] {
  const declared = newState?.inputs;
  const actual = oldState?.inputs;
  const { contentType, tenantId } = (declared ?? actual)!;
  const subscription = `${contentType} of tenant ${tenantId}`;
  if (declared === undefined) return [`${subscription}: expected nothing, actual ${actual!.status}`];
  if (actual === undefined) return [`${subscription}: expected ${declared.status}, actual absent`];
  return differencesOf(declared, actual).map(({ property, expected, found }) => {
    const what = property === "status" ? "" : `${property} `;
    return `${subscription}: expected ${what}${expected}, actual ${found}`;
  });
}

/** Names of properties only: values of other resources may be secret. */
function describeResource({ op, urn, oldState, newState, diffReasons }: Step): string {
  const [type, ...name] = urn.split("::").slice(2);
  const resource = `${type?.split("$").at(-1)} ${name.join("::")}`;
  if (op === "create") return `${resource}: expected, actual absent`;
  if (op === "delete") return `${resource}: expected nothing, actual present`;
  const compared = differencesOf(newState?.inputs ?? {}, oldState?.inputs ?? {});
  const properties = diffReasons ?? compared.map(({ property }) => property);
  return `${resource}: differs in ${properties.join(", ")}`;
}

function differencesOf(declared: Properties, actual: Properties) {
  const one = flattened(declared);
  const other = flattened(actual);
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter(property => one[property] !== other[property])
    .map(property => ({ property, expected: one[property] ?? "none", found: other[property] ?? "none" }));
}

/** Nested properties with dots in their names. What Pulumi adds begins with underscores. */
function flattened(properties: Properties, prefix = ""): Record<string, string> {
  const entries = Object.entries(properties).filter(([name]) => !name.startsWith("__"));
  return Object.assign(
    {},
    ...entries.map(([name, value]) =>
      typeof value === "object" && value !== null
        ? flattened(value as Properties, `${prefix}${name}.`)
        : { [prefix + name]: shown(value) },
    ),
  );
}

/** Pulumi writes an id for what only the deployment of another resource will tell. */
function shown(value: unknown): string {
  return value === "04da6b54-80e4-46f7-96ec-b56ff0331ba9" ? "(known after pulumi up)" : String(value);
}
