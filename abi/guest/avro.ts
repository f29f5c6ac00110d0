/**
 * Avro's binary encoding, as the generated code needs it: `put...` and the walk out in `avro/sink`,
 * `take...` and the way back in `avro/source`. Both share one buffer, which lives only while a state is
 * under way. What objects of `@shared` classes want besides is in `avro/shared`.
 */
export { enter, leave, stopped } from "./avro/buffer";
export { classOf, met, objectOf, stranger } from "./avro/met";
export * from "./avro/sink";
export * from "./avro/source";
export * from "./avro/table";
export * from "./avro/parts";
