import { hasCode } from "./errorCode.ts";

/** A file could not be written for lack of space. Nothing of it is there. */
export class DiskFullError extends Error {
  override readonly name = "DiskFullError";
}

/**
 * Does something that writes below a folder.
 *
 * @throws DiskFullError when the disk is full or the quota used up, which the operating system says in few words.
 */
export async function whileThereIsSpace<T>(folder: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!hasCode(error, "ENOSPC") && !hasCode(error, "EDQUOT")) throw error;
    throw new DiskFullError(
      `There is no space left for ${folder} (${(error as Error).message}). Free some space: the next run goes on where ` +
        `this one ended.`,
      { cause: error },
    );
  }
}
