const longest = 300;

/**
 * What may be shown of a text that a server sent: its first line without stack trace, tokens and control characters,
 * in quotation marks. Empty when nothing of use is left.
 */
export function oneLine(text: string): string {
  if (/<html|<!doctype/i.test(text)) return "";
  const line = beforeTheStack(text)
    .replace(/\bBearer\s+\S+/gi, "Bearer (removed)")
    // A token is three parts of base64url, the first of which is a JSON object.
    .replace(/\beyJ[\w-]+(\.[\w-]+)*/g, "(token removed)")
    .replace(/\p{Cc}/gu, " ")
    .trim();
  if (line === "") return "";
  return `"${line.length > longest ? `${line.slice(0, longest)}…` : line}"`;
}

function beforeTheStack(text: string): string {
  const firstLine = text.trimStart().split(/[\r\n]/, 1)[0] ?? "";
  return firstLine.replace(/\s+at\s+[\w.<>`]+\(.*$/, "");
}
