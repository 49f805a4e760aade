/** A step of the story was not true. The message says which, and shows what the command printed. */
export class StoryFailure extends Error {
  override readonly name = "StoryFailure";
}

/** @throws StoryFailure when the step did not come out as the story says. */
export function mustBeTrue(came: boolean, step: string, output = ""): asserts came {
  if (came) return;
  throw new StoryFailure(
    [`This step failed: ${step}`, output.trim()].filter(text => text !== "").join("\n\n"),
  );
}
