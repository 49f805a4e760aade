import { isObject, valueAt } from "../azure/properties.ts";
import type { ResourceManager } from "../azure/resourceManager.ts";
import type { StreamColumn } from "./ingestedRow.ts";
import type { IngestionRule } from "./logsIngestion.ts";

/** The data collection rules of the local subscription, as they are now. */
export function declaredRules(azure: ResourceManager): IngestionRule[] {
  return azure.list("azure-native:monitor:DataCollectionRule").map(({ id, outputs, properties }) => ({
    immutableId: String(outputs.immutableId),
    resourceId: id,
    streams: streamsOf(properties.streamDeclarations),
  }));
}

function streamsOf(declarations: unknown): Record<string, StreamColumn[]> {
  const streams = Object.entries(isObject(declarations) ? declarations : {});
  return Object.fromEntries(
    streams.map(([name, declaration]) => [name, (valueAt(declaration, "columns") ?? []) as StreamColumn[]]),
  );
}
