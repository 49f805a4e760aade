/** A content blob is not the JSON array of events that it should be, or ends too early. */
export class MalformedContentError extends Error {
  override readonly name = "MalformedContentError";
}

/** What does not belong where it is, shown so that an HTML page or an error text is recognized. */
export function unexpectedByte(byte: number, where: string): MalformedContentError {
  const shown =
    byte > 0x20 && byte < 0x7f
      ? `"${String.fromCharCode(byte)}"`
      : `the byte 0x${byte.toString(16).padStart(2, "0")}`;
  return new MalformedContentError(`The content blob has ${shown} ${where}.`);
}
