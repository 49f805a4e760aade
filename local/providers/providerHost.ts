import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as messages from "@pulumi/pulumi/proto/provider_pb.js";
import protocol from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { HostedProvider, ProviderConfiguration } from "./hostedProvider.ts";
import {
  autonamingOf,
  checkResponse,
  diffResponse,
  emptySchema,
  fromStruct,
  nameOf,
  toStruct,
  typeOf,
} from "./providerMessages.ts";

export interface ProviderHost {
  /** For `PULUMI_DEBUG_PROVIDERS=<name>:<port>`. */
  port: number;
  close(): Promise<void>;
}

/**
 * Serves a provider over Pulumi's plugin protocol on 127.0.0.1. The engine attaches to it instead of starting a plugin
 * of its own; any number of stacks may, one after another or at the same time.
 */
export async function startProviderHost(provider: HostedProvider): Promise<ProviderHost> {
  // A state can be larger than the 4 MB that gRPC takes by default.
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(service.ResourceProviderService, providerService(provider));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    // An engine that is still attached holds its connection open, and would keep a polite shutdown waiting.
    close: async () => server.forceShutdown(),
  };
}

/** Methods that are missing here, such as Construct, are answered with "unimplemented" by gRPC itself. */
function providerService(provider: HostedProvider) {
  const configurations = new Configurations(provider.name);
  const context = (call: { getType(): string; getUrn(): string }, peer: string) => ({
    type: call.getType() || typeOf(call.getUrn()),
    configuration: configurations.of(peer),
  });
  return {
    attach: unary(() => new empty.Empty()),
    cancel: unary(() => new empty.Empty()),
    getPluginInfo: unary(() => new plugin.PluginInfo().setVersion(provider.version)),
    getSchema: unary(() =>
      new protocol.GetSchemaResponse().setSchema(emptySchema(provider.name, provider.version)),
    ),
    checkConfig: unary((request: messages.CheckRequest) =>
      checkResponse({ inputs: fromStruct(request.getNews()), failures: [] }),
    ),
    diffConfig: unary(() => diffResponse({ changes: [], deleteBeforeReplace: false })),
    configure: unary((request: messages.ConfigureRequest, peer) => {
      configurations.set(peer, request);
      // Secrets, resources and outputs are declined: the engine then sends plain values, and marks the answers itself.
      return new protocol.ConfigureResponse()
        .setSupportspreview(true)
        .setSupportsAutonamingConfiguration(true);
    }),
    check: unary(async (request: messages.CheckRequest, peer) =>
      checkResponse(
        await provider.check({
          ...context(request, peer),
          name: request.getName() || nameOf(request.getUrn()),
          inputs: fromStruct(request.getNews()),
          oldInputs: fromStruct(request.getOlds()),
          randomSeed: request.getRandomseed_asU8(),
          autonaming: autonamingOf(request),
        }),
      ),
    ),
    diff: unary((request: messages.DiffRequest, peer) =>
      diffResponse(
        provider.diff({
          ...context(request, peer),
          id: request.getId(),
          oldInputs: fromStruct(request.getOldInputs()),
          inputs: fromStruct(request.getNews()),
        }),
      ),
    ),
    create: unary(async (request: messages.CreateRequest, peer) => {
      const created = await provider.create({
        ...context(request, peer),
        inputs: fromStruct(request.getProperties()),
        preview: request.getPreview(),
      });
      return new protocol.CreateResponse().setId(created.id).setProperties(toStruct(created.outputs));
    }),
    read: unary(async (request: messages.ReadRequest, peer) => {
      const found = await provider.read({
        ...context(request, peer),
        id: request.getId(),
        inputs: fromStruct(request.getInputs()),
        outputs: fromStruct(request.getProperties()),
      });
      // An empty id tells the engine that the resource is gone.
      if (found === undefined) return new protocol.ReadResponse();
      return new protocol.ReadResponse()
        .setId(found.id)
        .setInputs(toStruct(found.inputs))
        .setProperties(toStruct(found.outputs));
    }),
    update: unary(async (request: messages.UpdateRequest, peer) => {
      const outputs = await provider.update({
        ...context(request, peer),
        id: request.getId(),
        oldInputs: fromStruct(request.getOldInputs()),
        oldOutputs: fromStruct(request.getOlds()),
        inputs: fromStruct(request.getNews()),
        preview: request.getPreview(),
      });
      return new protocol.UpdateResponse().setProperties(toStruct(outputs));
    }),
    delete: unary(async (request: messages.DeleteRequest, peer) => {
      await provider.delete({ ...context(request, peer), id: request.getId() });
      return new empty.Empty();
    }),
    invoke: unary(async (request: messages.InvokeRequest, peer) => {
      const result = await provider.invoke({
        token: request.getTok(),
        args: fromStruct(request.getArgs()),
        configuration: configurations.of(peer),
      });
      return new protocol.InvokeResponse().setReturn(toStruct(result));
    }),
  };
}

function unary<Request, Response>(
  handle: (request: Request, peer: string) => Promise<Response> | Response,
): (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => void {
  return (call, callback) => {
    Promise.resolve()
      .then(() => handle(call.request, call.getPeer()))
      .then(
        response => callback(null, response),
        (error: unknown) => callback(serviceError(error)),
      );
  };
}

function serviceError(error: unknown) {
  const details = error instanceof Error ? error.message : String(error);
  return { name: "ServiceError", message: details, details, code: status.UNKNOWN, metadata: new Metadata() };
}

/**
 * What each provider resource is configured with. No request but Configure says which provider resource it is for, yet
 * each of them has a connection of its own to this host, so the connection's far end tells them apart.
 */
class Configurations {
  readonly #prefix: string;
  readonly #byPeer = new Map<string, ProviderConfiguration>();

  constructor(packageName: string) {
    this.#prefix = `${packageName}:config:`;
  }

  set(peer: string, request: messages.ConfigureRequest): void {
    const variables = request.getVariablesMap().toObject() as [string, string][];
    const ours = variables.filter(([key]) => key.startsWith(this.#prefix));
    this.#byPeer.set(
      peer,
      Object.fromEntries(ours.map(([key, value]) => [key.slice(this.#prefix.length), value])),
    );
  }

  of(peer: string): ProviderConfiguration {
    return this.#byPeer.get(peer) ?? {};
  }
}
