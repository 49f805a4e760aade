import * as pulumi from "@pulumi/pulumi";

/**
 * Passes an argument through its check: a plain value is refused when the component is constructed, an output as
 * soon as it resolves, in preview too when it is known by then. The value reaches the resources only through here.
 *
 * A refusal is a `ResourceError` without a stack, so that the user reads the component, the argument and what to do; of a
 * secret without its value.
 */
export function checked<In, Out>(
  resource: pulumi.Resource,
  argument: string,
  value: pulumi.Input<In>,
  parse: (value: In) => Out,
): pulumi.Output<Out> {
  if (isPlain(value)) {
    return pulumi.output(parseOrRefuse(resource, argument, value, parse)) as pulumi.Output<Out>;
  }
  return withSecrecy(value, (known, isSecret) =>
    parseOrRefuse(resource, argument, known, isSecret ? discreet(parse) : parse),
  );
}

/** The same for each value of a list, which an error names by its place. */
export function checkedEach<In, Out>(
  resource: pulumi.Resource,
  argument: string,
  values: pulumi.Input<pulumi.Input<In>[]>,
  parse: (value: In) => Out,
): pulumi.Output<Out[]> {
  const placed = (index: number) => `${argument}[${index}]`;
  if (isPlain(values)) {
    const each = values.map((value, index) => checked(resource, placed(index), value, parse));
    return pulumi.all(each) as pulumi.Output<Out[]>;
  }
  return withSecrecy(values, (known, isSecret) =>
    (known as In[]).map((value, index) =>
      parseOrRefuse(resource, placed(index), value, isSecret ? discreet(parse) : parse),
    ),
  );
}

/** The same for values of which one decides what the others may be; an error names the one that is `argument`. */
export function checkedTogether<In extends unknown[], Out>(
  resource: pulumi.Resource,
  argument: string,
  values: { [Place in keyof In]: pulumi.Input<In[Place]> },
  parse: (...values: In) => Out,
): pulumi.Output<Out> {
  const check = (known: In) => parseOrRefuse(resource, argument, known, together => parse(...together));
  if (values.every(isPlain)) return pulumi.output(check(values as unknown as In)) as pulumi.Output<Out>;
  return pulumi.all(values).apply(known => check(known as unknown as In)) as pulumi.Output<Out>;
}

/** Whether a list has something in it, or is an output, which nobody passes for nothing. */
export function isGivenList(list: pulumi.Input<unknown[]> | undefined): boolean {
  return list !== undefined && (!isPlain(list) || list.length > 0);
}

/** The check for an argument that must be plain, because it decides which resources there are. */
export function parseOrRefuse<In, Out>(
  resource: pulumi.Resource,
  argument: string,
  value: In,
  parse: (value: In) => Out,
): Out {
  try {
    return parse(value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new pulumi.ResourceError(`${argument}: ${reason}`, resource, true);
  }
}

function withSecrecy<In, Out>(
  value: pulumi.Input<In>,
  read: (known: In, isSecret: boolean) => Out,
): pulumi.Output<Out> {
  const given = pulumi.output(value);
  return pulumi
    .all([given, pulumi.isSecret(given)])
    .apply(([known, isSecret]) => read(known as In, isSecret)) as pulumi.Output<Out>;
}

/** The same check with errors that do not show the value, nor the host of it that is shown of a URL. */
function discreet<In, Out>(parse: (value: In) => Out): (value: In) => Out {
  return value => {
    try {
      return parse(value);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(shownParts(value).reduce((text, part) => text.replaceAll(part, "[secret]"), reason));
    }
  };
}

function shownParts(value: unknown): string[] {
  if (typeof value === "number") return [String(value)];
  if (typeof value !== "string") return [];
  return [JSON.stringify(value).slice(1, -1), value, URL.parse(value)?.host ?? ""].filter(
    part => part !== "",
  );
}

/** A check for whole numbers with a unit, such as days or minutes. */
export function wholeNumberBetween(smallest: number, largest: number, unit: string, advice: string) {
  return (value: number): number => {
    if (Number.isInteger(value) && value >= smallest && value <= largest) return value;
    throw new Error(
      `${JSON.stringify(value)} is not a whole number of ${unit} from ${smallest} to ${largest}. ${advice}`,
    );
  };
}

/** Whether a value is known as it stands. */
export function isPlain<T>(value: pulumi.Input<T>): value is T {
  return !pulumi.Output.isInstance(value) && !(value instanceof Promise);
}
