import type * as pulumi from "@pulumi/pulumi";
import { type ContentType, parseContentType } from "../../activity-api/contentTypes.ts";
import { parseOrRefuse } from "../pulumi/validation.ts";

/** The argument `contentTypes`, in Microsoft's letter case and each once. Plain, since each has a subscription of its own. */
export function readContentTypes(contentTypes: readonly string[], parent: pulumi.Resource): ContentType[] {
  const parsed = contentTypes.map((value, index) =>
    parseOrRefuse(parent, `contentTypes[${index}]`, value, parseContentType),
  );
  return [...new Set(parsed)];
}
