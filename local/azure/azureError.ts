/** A refusal of Azure Resource Manager, worded as Pulumi's azure-native provider shows it. */
export class AzureError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(`Status=${status} Code="${code}" Message="${message}"`);
    this.name = "AzureError";
    this.status = status;
    this.code = code;
  }
}

export function invalidStorageParameter(path: string): AzureError {
  return new AzureError(
    400,
    "InvalidValuesForRequestParameters",
    `Values for request parameters are invalid: ${path}.`,
  );
}

/**
 * App Service answers with an envelope of its own, which azure-native passes on as it is, without a code of its own.
 * https://github.com/pulumi/pulumi-azure-native/issues/4168
 */
export class AppServiceError extends AzureError {
  constructor(status: number, code: string, message: string, extendedCode?: string) {
    super(status, code, message);
    const body = {
      Code: code,
      Message: message,
      Target: null,
      Details: [
        { Message: message },
        { Code: code },
        { ErrorEntity: { ExtendedCode: extendedCode, Code: code, Message: message } },
      ],
      Innererror: null,
    };
    this.message = `Status=${status} Message="${JSON.stringify(body)}"`;
  }
}
