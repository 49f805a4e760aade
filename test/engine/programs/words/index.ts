import * as pulumi from "@pulumi/pulumi";

const provider: pulumi.dynamic.ResourceProvider = {
  async create(inputs) {
    await new Promise(resolve => setTimeout(resolve, inputs.createSeconds * 1000));
    return { id: inputs.text, outs: inputs };
  },
  async diff(_id, olds, news) {
    return { changes: olds.text !== news.text };
  },
};

class Word extends pulumi.dynamic.Resource {
  constructor(text: string, createSeconds: number) {
    super(provider, text, { text, createSeconds }, undefined, "test", "Word");
  }
}

const config = new pulumi.Config();
const words = config.requireObject<string[]>("words");
if (words.length > config.requireNumber("limit")) throw new Error("There are too many words.");
for (const word of words) new Word(word, config.requireNumber("createSeconds"));

export const count = words.length;
export const password = config.requireSecret("password");
