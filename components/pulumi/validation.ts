import * as pulumi from "@pulumi/pulumi";

/**
 * Passes an argument through its check: a plain value is refused when the component is constructed, an output as
 * soon as it resolves, in preview too when it is known by then. The value reaches the resources only through here.
 *
 * A refusal is a `ResourceError` without a stack, so that the user reads the component, the argument and what to do.
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
  return (pulumi.output(value) as pulumi.Output<In>).apply(known =>
    parseOrRefuse(resource, argument, known, parse),
  );
}

/** The same for each value of a list, which an error names by its place. */
export function checkedEach<In, Out>(
  resource: pulumi.Resource,
  argument: string,
  values: pulumi.Input<pulumi.Input<In>[]>,
  parse: (value: In) => Out,
): pulumi.Output<Out[]> {
  const check = (value: pulumi.Input<In>, index: number) =>
    checked(resource, `${argument}[${index}]`, value, parse);
  if (isPlain(values)) return pulumi.all(values.map(check)) as pulumi.Output<Out[]>;
  return pulumi.output(values).apply(known => pulumi.all((known as In[]).map(check))) as pulumi.Output<Out[]>;
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
