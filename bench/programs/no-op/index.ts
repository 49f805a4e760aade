import * as pulumi from "@pulumi/pulumi";

const provider: pulumi.dynamic.ResourceProvider = {
  async create(inputs) {
    return { id: inputs.name, outs: inputs };
  },
  async diff() {
    return { changes: false };
  },
  async read(id, props) {
    return { id, props, inputs: props };
  },
};

class NoOp extends pulumi.dynamic.Resource {
  constructor(name: string) {
    super(provider, name, { name }, undefined, "bench", "NoOp");
  }
}

for (let index = 0; index < new pulumi.Config().requireNumber("resources"); index += 1)
  new NoOp(`no-op-${index}`);
