/**
 * Avro's binary encoding for the generated code: `put...` and saving in `avro/sink`, `take...` and restoring
 * in `avro/source`. Both share one buffer, which exists only during a save or a restore. `avro/shared` adds
 * what objects of `@shared` classes need.
 */
export { enter, leave, stopped } from "./avro/buffer";
export { classOf, met, objectOf, stranger } from "./avro/met";
export * from "./avro/sink";
export * from "./avro/source";
export * from "./avro/table";
export * from "./avro/parts";
