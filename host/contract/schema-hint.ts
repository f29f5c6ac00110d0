/** What to write instead of a zod schema without a WIT type, by the schema's kind. */
export const HINTS = {
  null: "an option is z.optional(...) or z.nullable(...)",
  undefined: "leave it out, or say z.optional(...)",
  void: "leave it out",
  never: "leave it out",
  record: "say z.map(key, value), or z.object for known keys",
  default: "defaults belong to the caller; say z.optional(...)",
  prefault: "defaults belong to the caller; say z.optional(...)",
  pipe: "transforms belong to the caller; say the schema of what crosses",
  transform: "transforms belong to the caller; say the schema of what crosses",
  catch: "fallbacks belong to the caller; say the schema inside of it",
  success: "say z.boolean()",
  nonoptional: "say the schema inside of it, without the option",
  date: "say z.uint64() for milliseconds, or z.string()",
  nan: "say z.float64()",
  lazy: "WIT types cannot contain themselves; say z.string() for JSON",
  intersection: "say one z.object(...) with the fields of both",
  template_literal: "say z.string()",
  file: "say wit.bytes() for what is in it",
  custom: "say wit.*, or the schema of what crosses",
  any: "say what it may be, with wit.variant(...), or z.string() for JSON",
  unknown: "say what it may be, with wit.variant(...), or z.string() for JSON",
  symbol: "WIT has no such type; say z.enum([...])",
  function: "functions do not cross; a plugin calls a capability",
  promise: "say what it becomes; a capability's function may be async: true",
} as const;

/** For schemas where the kind alone does not decide. */
export const UNION = 'say z.discriminatedUnion("tag", ...) of { tag, val } objects, or wit.variant(...)';
export const BIGINT = "say z.uint64() or z.int64()";
export const STRING = "checks belong to the caller; say z.string()";
export const LITERAL = "say z.enum([...])";
export const TWICE =
  "say z.optional(...) or z.nullable(...) alone, or wit.option(...) for an option in an option: its values are { tag, val }";
