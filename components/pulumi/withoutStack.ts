/** Pulumi prints the stack of what `read` and `delete` throw, beside the message that says it all. */
export async function withoutStack<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error) error.stack = "";
    throw error;
  }
}
