/** A value that somebody wrote in a configuration and that cannot be meant: no retry helps, only an edit. */
export class SettingError extends Error {
  override readonly name = "SettingError";
}
