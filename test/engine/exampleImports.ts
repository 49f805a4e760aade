import { registerHooks } from "node:module";

/**
 * Preloaded into Node when an example runs in a test: what the example imports as `defender-siem` is then `examplePackage`.
 * Every other import, such as that of a dynamic resource, goes its usual way.
 */
const EXAMPLES = new URL("../../examples/", import.meta.url).href;
const PACKAGE = new URL("./examplePackage.ts", import.meta.url).href;

registerHooks({
  resolve(specifier, context, nextResolve) {
    const isOfExample = specifier === "defender-siem" && context.parentURL?.startsWith(EXAMPLES);
    return nextResolve(isOfExample ? PACKAGE : specifier, context);
  },
});
