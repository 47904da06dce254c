// What the protocol's SDK gets for "zod/v4": the same zod, but a schema is made when somebody looks at it first. The SDK makes some
// 700 when it is loaded and 300 more with the first message, which took a third of the time to the answer; that one needs about a hundred.

import * as zod from "zod/v4";
export * from "zod/v4";

type Maker = (...args: never[]) => unknown;

/** What makes a new schema out of one, and does nothing else. */
const DERIVING = new Set(
  ["optional", "nullable", "nullish", "default", "catch", "array", "or", "and", "pipe", "describe"]
    .concat(["extend", "merge", "pick", "omit", "partial", "catchall", "loose", "strict", "strip", "passthrough"])
    .concat(["int", "min", "max", "nonnegative", "positive", "url", "trim", "regex", "startsWith"])
    .concat(["refine", "superRefine", "transform"]),
);

type Shape = Record<string, unknown>;

/** The shape of what is derived from an object, where that is plain. */
const DERIVED_SHAPES: Record<string, (shape: Shape, given: Shape) => Shape> = {
  extend: (shape, given) => Object.defineProperties({}, { ...described(shape), ...described(given) }),
  pick: (shape, mask) => Object.fromEntries(Object.keys(mask).map((key) => [key, shape[key]])),
  catchall: (shape) => shape,
  loose: (shape) => shape,
  strict: (shape) => shape,
};
const described = Object.getOwnPropertyDescriptors; // a getter is not called: what it stands for may not be there yet
const shapeOf = (shape: unknown) => shape as Shape;

/** How to get at the schema that each stand-in stands for. */
const schemas = new WeakMap<object, () => object>();

export const any = lazily(zod.any);
export const array = lazily(zod.array);
export const boolean = lazily(zod.boolean);
export const coerce = { ...zod.coerce, number: lazily(zod.coerce.number) };
export const custom = lazily(zod.custom);
export const discriminatedUnion = lazily(zod.discriminatedUnion);
export const email = lazily(zod.email);
const lazyEnum = lazily(zod.enum);
export { lazyEnum as enum };
export const intersection = lazily(zod.intersection);
export const iso = { ...zod.iso, date: lazily(zod.iso.date), datetime: lazily(zod.iso.datetime) };
export const lazy = lazily((getter: () => zod.ZodType) => zod.lazy(() => known(getter())));
export const literal = lazily(zod.literal);
export const looseObject = lazily(zod.looseObject, shapeOf);
const lazyNull = lazily(zod.null);
export { lazyNull as null };
export const number = lazily(zod.number);
export const object = lazily(zod.object, shapeOf);
export const optional = lazily(zod.optional);
export const preprocess = lazily(zod.preprocess);
export const record = lazily(zod.record);
export const string = lazily(zod.string);
export const union = lazily(zod.union);
export const unknown = lazily(zod.unknown);
export const url = lazily(zod.url);

export const toJSONSchema = ((schema: zod.ZodType, how?: zod.core.ToJSONSchemaParams) =>
  zod.toJSONSchema(known(schema), how)) as typeof zod.toJSONSchema;

function lazily<M extends Maker>(make: M, shape?: (...args: unknown[]) => Shape): M {
  return ((...args: Parameters<M>) =>
    standIn(() => make(...(args.map(known) as Parameters<M>)) as object, shape?.(...args))) as M;
}

/** `shape`: what `.shape` is, where that is known without the schema. */
function standIn(make: () => object, shape?: Shape): object {
  let made: object | undefined;
  const schema = () => (made ??= make());
  const derived = (key: string, args: unknown[]) =>
    standIn(
      () => (schema() as Record<string, Maker>)[key]?.(...(args.map(known) as never[])) as object,
      shape && DERIVED_SHAPES[key]?.(shape, args[0] as Shape),
    );
  const proxy = new Proxy(
    {},
    {
      get: (_, key) => {
        if (key === "shape" && shape && !made) return shape;
        if (typeof key === "string" && DERIVING.has(key)) return (...args: unknown[]) => derived(key, args);
        return Reflect.get(schema(), key);
      },
      set: (_, key, value) => Reflect.set(schema(), key, value),
      has: (_, key) => Reflect.has(schema(), key),
      getPrototypeOf: () => Reflect.getPrototypeOf(schema()),
    },
  );
  schemas.set(proxy, schema);
  return proxy;
}

/** With the schemas themselves in place of their stand-ins, so that only the outermost is looked at through one. */
function known<T>(given: T): T {
  if (typeof given !== "object" || given === null) return given;
  const schema = schemas.get(given);
  if (schema) return schema() as T;
  if (Array.isArray(given)) return given.map(known) as T;
  if (Object.getPrototypeOf(given) !== Object.prototype) return given;
  const copy: Record<string, unknown> = {};
  for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(given))) {
    const get = property.get?.bind(given);
    Object.defineProperty(
      copy,
      key,
      get ? { ...property, get: () => known(get()) } : { ...property, value: known(property.value) },
    );
  }
  return copy as T;
}
