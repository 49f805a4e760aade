import { commonFields, type SampleContext, threatIntelligence, zoneless } from "./sampleContext.ts";

/** Block page, block page overridden, waiting page, waiting page overridden; the last one lacks the field. */
const CLICK_ACTIONS = [2, 4, 3, 5, undefined];

/** Record type 41: a click on a link that Safe Links had wrapped. `variant` counts through the outcomes. */
export function urlClick(context: SampleContext, variant: number): string {
  const { random } = context;
  const at = context.moment();
  const person = context.person();
  const messageId = random.guid();
  return JSON.stringify({
    ...commonFields(context, threatIntelligence(41, "TIUrlClickData", at, person)),
    AppName: random.pick(["Mail", "Mail", "Teams", "Office"]),
    AppVersion: "0.0.0000",
    EventDeepLink:
      "https://security.microsoft.com/threatexplorer?dltarget=Explorer&dlstorage=Url&viewid=Phish" +
      `&query-Recipients=${person}&query-NetworkMessageId=${messageId}`,
    SourceId: messageId,
    TimeOfClick: zoneless(at, 1700),
    Url: `https://contoso-login.example/reset?u=${random.integer(1, 99)}&next=%2Finbox`,
    UrlClickAction: CLICK_ACTIONS[variant % CLICK_ACTIONS.length],
    UserIp: context.ipAddress(),
  });
}
