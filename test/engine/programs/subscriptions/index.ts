import { AuditSubscription, AuditSubscriptions } from "defender-siem";
import { DECLARED, type Declaration } from "../../declaration.ts";

const declarations: Record<string, Declaration> = JSON.parse(process.env[DECLARED] ?? "{}");

for (const [name, { options, ...args }] of Object.entries(declarations)) {
  if ("contentTypes" in args) new AuditSubscriptions(name, args, options);
  else new AuditSubscription(name, args, options);
}
