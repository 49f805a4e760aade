import { coerce, satisfies } from "semver";

/** The engine that is downloaded or built: the newest whose command the Go module proxy serves (module `pkg`). */
export const ENGINE_VERSION = "3.259.0";

/**
 * The Node language host that is built with it: the last one inside Pulumi's `sdk` module. Later ones live in a module of
 * their own that the Go module proxy does not serve.
 */
export const LANGUAGE_HOST_VERSION = "3.68.0";

/** The YAML language host that is built for programs in YAML. */
export const YAML_HOST_VERSION = "1.28.0";

/** The oldest engine that runs the program, as `requiredPulumiVersion` in Pulumi.yaml says. */
export const MINIMUM_ENGINE_VERSION = "3.245.0";

/** The oldest Go that builds the engine, as the go.mod file of the engine says. */
export const MINIMUM_GO_VERSION = "1.25.11";

/** Whether an engine of this version runs the program. Another major version may be another engine altogether. */
export function isUsableEngine(version: string): boolean {
  return satisfies(version, `^${MINIMUM_ENGINE_VERSION}`, { includePrerelease: true });
}

/** Whether a Go toolchain, which calls itself `go1.26.8` or `go1.26`, builds the engine. */
export function isUsableGo(version: string): boolean {
  return satisfies(coerce(version) ?? "", `>=${MINIMUM_GO_VERSION}`);
}
