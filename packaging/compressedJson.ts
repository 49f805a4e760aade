import { readFile } from "node:fs/promises";
import { brotliCompressSync } from "node:zlib";
import type { Plugin } from "esbuild";

/**
 * Has imported JSON packed small, and unpacked when it is imported: the schema of the plugin says most things many times,
 * and is a tenth of itself so.
 */
export const compressedJson: Plugin = {
  name: "compressed-json",
  setup(build) {
    build.onLoad({ filter: /\.json$/ }, async ({ path }) => {
      const json = JSON.stringify(JSON.parse(await readFile(path, "utf8")));
      const packed = brotliCompressSync(json).toString("base64");
      return {
        contents: `import { brotliDecompressSync } from "node:zlib";
          export default JSON.parse(brotliDecompressSync(Buffer.from("${packed}", "base64")).toString());`,
        loader: "js",
      };
    });
  },
};
