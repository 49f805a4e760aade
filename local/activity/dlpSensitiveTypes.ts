import { type Answer, jsonAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import { feedError } from "./errors.ts";

/** Two of many, those of Microsoft's sample. */
const SENSITIVE_TYPES = [
  { id: "50842eb7-edc8-4019-85dd-5a5c1f2bb085", name: "CreditCardNumber" },
  { id: "0e9b3178-9678-47dd-a509-37222ca96b42", name: "EUDebitCardNumber" },
];

const LANGUAGE = /^\s*([a-z]{1,8}(-[a-z0-9]{1,8})*|\*)\s*(;\s*q=[01](\.\d{1,3})?\s*)?$/i;

/**
 * The names are English whatever language is asked for.
 *
 * @throws FeedError AF20053 when Accept-Language names several, AF20054 when it is not written correctly.
 */
export function listDlpSensitiveTypes({ acceptLanguage = "en-US" }: Call): Answer {
  const languages = acceptLanguage.split(",");
  if (!languages.every(language => LANGUAGE.test(language))) throw feedError("AF20054");
  if (languages.length > 1) throw feedError("AF20053");
  return jsonAnswer(SENSITIVE_TYPES);
}
