import { randomUUID } from "node:crypto";
import type { FunctionAppSettings } from "./functionHost.ts";
import type { FunctionLog, FunctionLogs } from "./functionLogs.ts";

/** Categories of the host's loggers, as AppTraces shows them under `Properties.Category`. */
const CATEGORY: Readonly<Record<string, (functionName: string) => string>> = {
  user: name => `Function.${name}.User`,
  console: () => "Host.Function.Console",
  system: name => `Function.${name}`,
  host: name => `Function.${name}`,
};

const SEVERITY: Readonly<Record<string, number>> = { trace: 0, debug: 0, warning: 2, error: 3, critical: 4 };
const LOG_LEVEL = ["Debug", "Information", "Warning", "Error", "Critical"];

/** A run of a function, while it goes on. */
interface Invocation {
  /** Sends all that was said since the last time, and the run itself. */
  end(error: string | undefined): Promise<void>;
}

/**
 * What the host tells Application Insights when the app has a connection string: each line as a trace, each run as a
 * request, each failure as an exception. With `APPLICATIONINSIGHTS_AUTHENTICATION_STRING` it signs in as the identity
 * named there. What the component refuses is lost, as in Azure; here the host's own log says so.
 */
export class HostTelemetry {
  readonly #appName: string;
  readonly #connection: Record<string, string>;
  readonly #authentication: Record<string, string>;
  readonly #identity: { endpoint: string | undefined; header: string | undefined };
  readonly #logs: FunctionLogs;
  readonly #functionOf = new Map<string, string>();
  #unsent: object[] = [];

  private constructor({ name, appSettings, platformEnvironment }: FunctionAppSettings, logs: FunctionLogs) {
    this.#appName = name;
    this.#connection = pairs(appSettings.APPLICATIONINSIGHTS_CONNECTION_STRING ?? "");
    this.#authentication = pairs(appSettings.APPLICATIONINSIGHTS_AUTHENTICATION_STRING ?? "");
    const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header } = platformEnvironment;
    this.#identity = { endpoint, header };
    this.#logs = logs;
    logs.subscribe(line => this.#add(line));
  }

  /** Undefined for an app without a connection string. */
  static of(settings: FunctionAppSettings, logs: FunctionLogs): HostTelemetry | undefined {
    const isWanted = (settings.appSettings.APPLICATIONINSIGHTS_CONNECTION_STRING ?? "") !== "";
    return isWanted ? new HostTelemetry(settings, logs) : undefined;
  }

  begin(functionName: string, invocationId: string): Invocation {
    this.#functionOf.set(invocationId, functionName);
    const begin = new Date();
    return {
      end: async error => {
        if (error !== undefined) this.#addException(functionName, invocationId, error);
        this.#addRequest(functionName, invocationId, begin, error === undefined);
        await this.flush();
        this.#functionOf.delete(invocationId);
      },
    };
  }

  /** Sends what is here; what fails is said in the log. */
  async flush(): Promise<void> {
    const items = this.#unsent.splice(0);
    if (items.length === 0) return;
    try {
      await this.#post(items);
    } catch (error) {
      this.#logs.write({ level: "warning", category: "telemetry", message: (error as Error).message });
    }
  }

  #add({ time, level, category, message, invocationId }: FunctionLog): void {
    // What it says of itself would come back without end.
    if (category === "telemetry") return;
    const severityLevel = SEVERITY[level] ?? 1;
    const functionName = this.#functionOf.get(invocationId ?? "");
    const name = functionName ?? "host";
    const properties = {
      Category: functionName === undefined ? "Host.Startup" : (CATEGORY[category] ?? CATEGORY.host!)(name),
      LogLevel: LOG_LEVEL[severityLevel],
      ...(invocationId === undefined ? {} : { InvocationId: invocationId }),
    };
    this.#push("Message", "MessageData", time, invocationId, { message, severityLevel, properties });
  }

  #addException(functionName: string, invocationId: string, error: string): void {
    const message = `Exception while executing function: Functions.${functionName}`;
    this.#push("Exception", "ExceptionData", new Date().toISOString(), invocationId, {
      exceptions: [{ typeName: "Microsoft.Azure.WebJobs.Host.FunctionInvocationException", message }],
      severityLevel: 3,
      properties: { Category: "Host.Results", LogLevel: "Error", InvocationId: invocationId, detail: error },
    });
  }

  #addRequest(name: string, invocationId: string, begin: Date, success: boolean): void {
    const id = randomUUID().replaceAll("-", "").slice(16);
    this.#push("Request", "RequestData", begin.toISOString(), invocationId, {
      id,
      name,
      duration: timeSpan(Date.now() - begin.getTime()),
      success,
      responseCode: "0",
      properties: { Category: "Host.Results", LogLevel: "Information", InvocationId: invocationId },
    });
  }

  #push(
    name: string,
    baseType: string,
    time: string,
    invocationId: string | undefined,
    baseData: Record<string, unknown>,
  ): void {
    const tags: Record<string, string> = {
      "ai.cloud.role": this.#appName,
      "ai.cloud.roleInstance": "local",
      "ai.internal.sdkVersion": "azurefunctions: 4.1044.0",
    };
    const functionName = this.#functionOf.get(invocationId ?? "");
    if (functionName !== undefined) {
      tags["ai.operation.name"] = functionName;
      tags["ai.operation.id"] = invocationId!.replaceAll("-", "");
    }
    this.#unsent.push({
      name: `Microsoft.ApplicationInsights.${name}`,
      time,
      iKey: this.#connection.InstrumentationKey,
      tags,
      data: { baseType, baseData: { ver: 2, ...baseData } },
    });
  }

  async #post(items: object[]): Promise<void> {
    const endpoint = this.#connection.IngestionEndpoint ?? "https://dc.services.visualstudio.com/";
    const response = await fetch(new URL("v2.1/track", endpoint), {
      method: "POST",
      headers: { "content-type": "application/x-json-stream", ...(await this.#authorization()) },
      body: items.map(item => JSON.stringify(item)).join("\n"),
    });
    const answer = await response.text();
    if (response.status !== 200)
      throw new Error(
        `Application Insights did not take the host's telemetry: HTTP ${response.status} ${answer}`,
      );
  }

  async #authorization(): Promise<Record<string, string>> {
    const { Authorization, ClientId } = this.#authentication;
    if (Authorization !== "AAD") return {};
    const url = new URL(this.#identity.endpoint ?? "http://169.254.169.254/");
    url.searchParams.set("api-version", "2019-08-01");
    url.searchParams.set("resource", "https://monitor.azure.com");
    if (ClientId !== undefined) url.searchParams.set("client_id", ClientId);
    const response = await fetch(url, { headers: { "x-identity-header": this.#identity.header ?? "" } });
    const { access_token: token, message } = (await response.json()) as Record<string, string>;
    if (token === undefined) throw new Error(`The host gets no token for Application Insights: ${message}`);
    return { authorization: `Bearer ${token}` };
  }
}

/** Reads `Name=value;Name=value`. */
function pairs(text: string): Record<string, string> {
  const parts = text.split(";").filter(part => part.includes("="));
  return Object.fromEntries(
    parts.map(part => {
      const at = part.indexOf("=");
      return [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    }),
  );
}

/** As .NET writes it. */
function timeSpan(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(11, 23);
}
