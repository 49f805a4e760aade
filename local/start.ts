import { runStory } from "./story/story.ts";
import { StoryFailure } from "./story/storyFailure.ts";

/** `npm start`: the whole integration on a local tenant, told step by step. `--stay` leaves it running to play with. */
const stay = process.argv.includes("--stay");
try {
  await runStory({ stay });
} catch (error) {
  if (!(error instanceof StoryFailure)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
