/**
 * What HTTP Event Collector answers, with its own codes and words.
 * https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector
 */
export const HEC_STATUS = {
  success: { status: 200, code: 0, text: "Success" },
  tokenDisabled: { status: 403, code: 1, text: "Token disabled" },
  tokenRequired: { status: 401, code: 2, text: "Token is required" },
  invalidAuthorization: { status: 401, code: 3, text: "Invalid authorization" },
  invalidToken: { status: 403, code: 4, text: "Invalid token" },
  noData: { status: 400, code: 5, text: "No data" },
  invalidDataFormat: { status: 400, code: 6, text: "Invalid data format" },
  incorrectIndex: { status: 400, code: 7, text: "Incorrect index" },
  internalServerError: { status: 500, code: 8, text: "Internal server error" },
  serverIsBusy: { status: 503, code: 9, text: "Server is busy" },
  channelMissing: { status: 400, code: 10, text: "Data channel is missing" },
  invalidChannel: { status: 400, code: 11, text: "Invalid data channel" },
  eventRequired: { status: 400, code: 12, text: "Event field is required" },
  eventBlank: { status: 400, code: 13, text: "Event field cannot be blank" },
  acknowledgementDisabled: { status: 400, code: 14, text: "ACK is disabled" },
  invalidFields: { status: 400, code: 15, text: "Error in handling indexed fields" },
  healthy: { status: 200, code: 17, text: "HEC is healthy" },
  shuttingDown: { status: 503, code: 23, text: "Server is shutting down" },
  queueNearlyFull: { status: 200, code: 24, text: "HEC queue is approaching its capacity limit" },
  queueFull: {
    status: 429,
    code: 26,
    text: "HEC queue is at capacity and cannot process any more requests",
  },
  channelFull: {
    status: 429,
    code: 27,
    text: "HEC ACK channel is at capacity and cannot process any more requests",
  },
} as const;

export type HecStatusName = keyof typeof HEC_STATUS;
