import { doctorCommand } from "./doctorCommand.ts";

await doctorCommand("npm run doctor --").parseAsync();
