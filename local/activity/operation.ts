/** The operations of the API, under the names that tests, faults and the request log use. */
export const OPERATIONS = [
  "start",
  "stop",
  "list",
  "content",
  "notifications",
  "blob",
  "dlpSensitiveTypes",
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Paths below `/api/v1.0/{tenantId}/activity/feed/`. */
export const OPERATION_PATHS: Readonly<Record<Operation, string>> = {
  start: "subscriptions/start",
  stop: "subscriptions/stop",
  list: "subscriptions/list",
  content: "subscriptions/content",
  notifications: "subscriptions/notifications",
  blob: "audit/:contentId",
  dlpSensitiveTypes: "resources/dlpSensitiveTypes",
};

export const METHODS: Readonly<Record<Operation, "GET" | "POST">> = {
  start: "POST",
  stop: "POST",
  list: "GET",
  content: "GET",
  notifications: "GET",
  blob: "GET",
  dlpSensitiveTypes: "GET",
};

/** The operations that cannot do without the parameter contentType. */
export const OPERATIONS_WITH_CONTENT_TYPE: readonly Operation[] = [
  "start",
  "stop",
  "content",
  "notifications",
];

/** What AF429 calls them. Only GetBlob was seen. */
export const OPERATION_NAMES: Readonly<Record<Operation, string>> = {
  start: "StartSubscription",
  stop: "StopSubscription",
  list: "ListSubscriptions",
  content: "GetAvailableContent",
  notifications: "GetNotifications",
  blob: "GetBlob",
  dlpSensitiveTypes: "GetDlpSensitiveTypes",
};
