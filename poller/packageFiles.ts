/** Everything in one file: the function starts cold on every scale-out, and one file is read faster than a thousand. */
export const CODE_FILE = "poller.cjs";

/** Says in the package what its code calls itself. */
export const MANIFEST_FILE = "package.json";
