#!/usr/bin/env node
import { main } from "@pulumi/pulumi/provider/index.js";
import { SiemProvider } from "./siemProvider.ts";

// `pulumi-resource-defender-siem`, which the engine starts with its address. It is told the port on standard output.
await main(new SiemProvider(), process.argv.slice(2));
