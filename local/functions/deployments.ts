import { randomUUID } from "node:crypto";

/** A deployment as Kudu, the publishing site of App Service, describes it. */
export interface DeploymentRecord {
  id: string;
  /** 0 pending, 1 building, 2 deploying, 3 failed, 4 success. */
  status: number;
  status_text: string;
  message: string;
  deployer: string;
  received_time: string;
  start_time: string | null;
  end_time: string | null;
  complete: boolean;
  /** Whether it is the one that runs. */
  active: boolean;
  site_name: string;
}

export interface LogLine {
  log_time: string;
  id: string;
  message: string;
}

/** One step of a deployment; what it throws fails the deployment. */
export interface DeploymentStep {
  name: string;
  run(): Promise<void>;
}

/** The deployments of one function app, one at a time. */
export class Deployments {
  readonly #siteName: string;
  readonly #records: DeploymentRecord[] = [];
  readonly #logs = new Map<string, LogLine[]>();
  #underWay: Promise<void> | undefined;

  constructor(siteName: string) {
    this.#siteName = siteName;
  }

  get isBusy(): boolean {
    return this.#underWay !== undefined;
  }

  latest(): DeploymentRecord | undefined {
    return this.#records.at(-1);
  }

  find(id: string): DeploymentRecord | undefined {
    return id === "latest" ? this.latest() : this.#records.find(record => record.id === id);
  }

  log(id: string): LogLine[] | undefined {
    const record = this.find(id);
    return record && this.#logs.get(record.id);
  }

  /** Begins a deployment, which goes through the steps by itself. */
  begin(deployer: string, steps: (id: string) => DeploymentStep[]): DeploymentRecord {
    const record: DeploymentRecord = {
      id: randomUUID(),
      status: 0,
      status_text: "",
      message: `Created via a push deployment by ${deployer}`,
      deployer,
      received_time: new Date().toISOString(),
      start_time: null,
      end_time: null,
      complete: false,
      active: false,
      site_name: this.#siteName,
    };
    this.#records.push(record);
    this.#logs.set(record.id, []);
    this.#underWay = this.#deploy(record, steps(record.id)).finally(() => {
      this.#underWay = undefined;
    });
    return record;
  }

  /** Resolves when no deployment is under way. */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  async #deploy(record: DeploymentRecord, steps: DeploymentStep[]): Promise<void> {
    record.status = 2;
    record.start_time = new Date().toISOString();
    try {
      for (const step of steps) {
        this.#say(record.id, `[${step.name}] starting.`);
        await step.run();
      }
      record.status = 4;
      this.#say(record.id, "Deployment was successful.");
      for (const other of this.#records) other.active = other === record;
    } catch (error) {
      record.status = 3;
      record.status_text = (error as Error).message;
      this.#say(record.id, `Error: ${record.status_text}`);
    }
    record.complete = true;
    record.end_time = new Date().toISOString();
  }

  #say(id: string, message: string): void {
    this.#logs.get(id)?.push({ log_time: new Date().toISOString(), id: randomUUID(), message });
  }
}
